// The least that is a queue: what the tests of sessions draw from.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "queue/queue.h"

namespace fieldway::test {

class SimpleQueue final : public queue::Queue {
  public:
    Result<Sequence> append(Message message, queue::Accepted) override {
        const queue::StreamKey key{message.uplink, message.device, message.lane};
        Stream& stream = streams_[key];
        stream.records.push_back(
            std::make_shared<const Record>(Record{++stream.last, std::move(message)}));
        if (stream.records.size() == 1 && listener_) listener_(key);
        return stream.last;
    }
    std::vector<std::shared_ptr<const Record>> peek(const queue::StreamKey& key, Sequence after,
                                                    std::size_t most) override {
        std::vector<std::shared_ptr<const Record>> found;
        for (const auto& record : streams_[key].records) {
            if (record->sequence > after && found.size() < most) found.push_back(record);
        }
        return found;
    }
    void release(const queue::StreamKey& key, Sequence sequence) override {
        if (remove(key, sequence)) released.push_back(sequence);
    }
    void bury(const queue::StreamKey& key, Sequence sequence, const std::string& reason) override {
        if (remove(key, sequence)) buried.emplace_back(sequence, reason);
    }
    void on_arrival(std::function<void(const queue::StreamKey&)> listener) override {
        listener_ = std::move(listener);
    }
    [[nodiscard]] std::vector<queue::StreamKey> streams() const override { return {}; }
    [[nodiscard]] queue::StreamFigures figures(const queue::StreamKey& key) const override {
        const auto found = streams_.find(key);
        queue::StreamFigures figures;
        if (found != streams_.end()) figures.records = found->second.records.size();
        return figures;
    }
    [[nodiscard]] queue::Figures figures() const override { return {}; }

    std::vector<Sequence> released;
    std::vector<std::pair<Sequence, std::string>> buried;

  private:
    struct Stream {
        Sequence last = 0;
        std::deque<std::shared_ptr<const Record>> records;
    };
    bool remove(const queue::StreamKey& key, Sequence sequence) {
        return std::erase_if(streams_[key].records,
                             [&](const auto& record) { return record->sequence == sequence; }) > 0;
    }
    std::map<queue::StreamKey, Stream> streams_;
    std::function<void(const queue::StreamKey&)> listener_;
};

}  // namespace fieldway::test
