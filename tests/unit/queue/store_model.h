// What a store must do, in the simplest way: per stream the records it accepted, what was
// acknowledged, and what it said that it lost.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "queue/store.h"

namespace fieldway::queue::test {

struct StoreModel {
    struct Stream {
        std::map<Sequence, std::string> submitted;  ///< every record that was ever offered
        std::set<Sequence> accepted;                ///< commit said stored
        std::set<Sequence> acknowledged;
        std::set<Sequence> durably_acknowledged;
        std::vector<std::pair<Sequence, Sequence>> lost;  ///< ranges that were told
        Sequence newest = 0;
        Sequence reserved = 0;
    };
    std::map<StreamKey, Stream> streams;

    void tell_loss(const Loss& loss) { streams[loss.key].lost.emplace_back(loss.first, loss.last); }

    /// What a store that answers `words` for the stream does wrong; "" is nothing. After a crash
    /// what was offered and not accepted may be there too, and what was acknowledged in RAM alone.
    [[nodiscard]] std::string judge(const StreamKey& key, const std::vector<std::string>& words,
                                    bool after_crash) const {
        const auto at = streams.find(key);
        if (at == streams.end()) return words.empty() ? "" : "records of nobody";
        const Stream& stream = at->second;
        std::set<Sequence> seen;
        for (const std::string& word : words) {
            const Sequence sequence = std::stoull(word);
            if (!seen.empty() && *seen.rbegin() >= sequence) return fmt::format("{} is out of order", sequence);
            seen.insert(sequence);
            const auto offered = stream.submitted.find(sequence);
            if (offered == stream.submitted.end()) return fmt::format("{} was never offered", sequence);
            if (word != fmt::format("{}={}", sequence, offered->second)) return fmt::format("{} is wrong", word);
            const auto& done = after_crash ? stream.durably_acknowledged : stream.acknowledged;
            if (done.contains(sequence)) return fmt::format("{} was acknowledged", sequence);
            if (!after_crash && !stream.accepted.contains(sequence))
                return fmt::format("{} was never accepted", sequence);
        }
        for (const Sequence sequence : stream.accepted) {
            if (seen.contains(sequence) || stream.acknowledged.contains(sequence)) continue;
            bool told = false;
            for (const auto& [first, last] : stream.lost)
                told = told || (first <= sequence && sequence <= last);
            if (!told) return fmt::format("{} is missing and nothing was told", sequence);
        }
        return "";
    }
    /// From here on what is there is what was accepted: a crash decided it.
    void settle(const StreamKey& key, const std::vector<std::string>& words) {
        Stream& stream = streams[key];
        stream.accepted.clear();
        for (const std::string& word : words)
            stream.accepted.insert(std::stoull(word));
        stream.acknowledged = stream.durably_acknowledged;
    }
};

}  // namespace fieldway::queue::test
