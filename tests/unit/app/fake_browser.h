// A queue that a test fills by hand, asked like the real ones.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "queue/browser.h"

namespace fieldway::app {

inline queue::StreamKey test_key(const std::string& device, Lane lane = Lane::telemetry,
                                 const std::string& uplink = "broker") {
    return {uplink, DeviceId::parse(device).value(), lane, Drain::in_order};
}

class FakeBrowser final : public queue::Browser {
  public:
    std::shared_ptr<const Record> put(const queue::StreamKey& key, Sequence sequence,
                                      std::string payload, const std::string& subtopic = "") {
        Message message{.uplink = key.uplink,
                        .device = key.device,
                        .subtopic = subtopic,
                        .lane = key.lane,
                        .content_type = ContentType::json,
                        .payload = std::move(payload),
                        .time = {{}, WallTime(std::chrono::seconds(1'763'806'500))},
                        .drain = key.drain};
        auto record = std::make_shared<const Record>(Record{sequence, std::move(message)});
        streams_[key].push_back(record);
        return record;
    }
    void bury(std::uint64_t number, std::shared_ptr<const Record> record, std::string reason) {
        letters_.push_back({number, std::move(record), std::move(reason),
                            WallTime(std::chrono::seconds(1'763'806'520))});
    }

    void figures(Done<queue::QueueFigures> done) override { done(figures_); }
    void streams(Done<std::vector<queue::StreamView>> done) override {
        std::vector<queue::StreamView> views;
        for (const auto& [key, records] : streams_) {
            queue::StreamView view{.key = key, .oldest = std::nullopt};
            for (const auto& record : records) {
                ++view.records;
                view.bytes += record->message.payload.size();
                if (view.first == 0) view.first = record->sequence;
                view.last = record->sequence;
            }
            views.push_back(view);
        }
        done(std::move(views));
    }
    void records(const queue::StreamKey& key, Sequence after, std::size_t most,
                 Done<Page> done) override {
        most = std::min(most, most_a_page_);
        Page page;
        for (const auto& record : streams_[key]) {
            if (record->sequence <= after) continue;
            if (page.records.size() == most) {
                page.next = page.records.back()->sequence;
                break;
            }
            page.records.push_back(record);
        }
        largest_page_ = std::max(largest_page_, page.records.size());
        done(std::move(page));
        if (after_each_page_) after_each_page_();
    }
    void dead_letters(std::uint64_t after, std::size_t most,
                      Done<std::vector<queue::DeadLetter>> done) override {
        std::vector<queue::DeadLetter> found;
        for (const auto& letter : letters_) {
            if (letter.number > after && found.size() < std::min(most, most_a_page_)) {
                found.push_back(letter);
            }
        }
        done(std::move(found));
    }
    void retry_dead(std::uint64_t number, Done<Sequence> done) override {
        if (!forget(number)) return done(Error::drop_item("there is none of that number"));
        done(Sequence{4711});
    }
    void drop_dead(std::uint64_t number, Done<std::monostate> done) override {
        if (!forget(number)) return done(Error::drop_item("there is none of that number"));
        done(std::monostate());
    }

    queue::QueueFigures figures_;
    std::map<queue::StreamKey, std::vector<std::shared_ptr<const Record>>> streams_;
    std::vector<queue::DeadLetter> letters_;
    std::size_t most_a_page_ = 1'000'000;  ///< what the store gives at once
    std::size_t largest_page_ = 0;
    std::function<void()> after_each_page_;

  private:
    bool forget(std::uint64_t number) {
        return std::erase_if(letters_, [&](const queue::DeadLetter& letter) {
                   return letter.number == number;
               }) > 0;
    }
};

}  // namespace fieldway::app
