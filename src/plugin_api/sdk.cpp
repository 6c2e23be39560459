#include "plugin_api/sdk.h"

#include <cassert>
#include <exception>
#include <mutex>

// The objects behind the opaque pointers of abi.h.
struct fieldway_plugin {
    std::unique_ptr<fieldway::sdk::Plugin> plugin;
    const fieldway_host* host = nullptr;
};
struct fieldway_input {
    std::unique_ptr<fieldway::sdk::Input> input;
    fieldway::sdk::Host host;
};
struct fieldway_simulation {
    std::unique_ptr<fieldway::sdk::Simulation> simulation;
};

namespace fieldway::sdk {

namespace {

namespace json = boost::json;

fieldway_bytes borrowed(std::string_view text) {
    return {text.data(), text.size()};
}
fieldway_bytes borrowed(const Bytes& bytes) {
    return {bytes.data(), bytes.size()};
}
ByteView view(fieldway_bytes bytes) {
    return {static_cast<const std::uint8_t*>(bytes.data), static_cast<std::size_t>(bytes.size)};
}
std::string_view text(fieldway_bytes bytes) {
    return as_text(view(bytes));
}

/// Where a call's result goes.
struct Sink {
    fieldway_sink function;
    void* context;

    void take(std::string_view result) const {
        if (function != nullptr) function(context, borrowed(result));
    }
    std::int32_t fail(std::string sentence) const {
        take(to_json_text(std::vector<Problem>{{"", std::move(sentence), false}}));
        return FIELDWAY_ERROR;
    }
};

/// What the C functions without a plugin object need. One per library, as the ABI has it: made by
/// the first call of plugin_entry() and not changed after, since a second one (a reload looks for
/// plugins again) finds it in use.
struct Library {
    std::once_flag made;
    const PluginInfo* info = nullptr;
    PluginFactory factory = nullptr;
    std::string tables;
    std::string decode_kinds;
    std::string simulate_table;
    std::string probe_tables;
    fieldway_plugin_api api{};
};
Library& library() {
    static Library the_library;
    return the_library;
}

/// What is thrown and is no Error of ours was not meant for a reader: it stands in a sentence that
/// says whose fault it is.
std::string fault_sentence(const char* what) {
    return "the plugin " + library().info->name + " could not do this, by a fault of its own (" +
           what + "); tell its maker";
}

/// No exception crosses the border: what a call throws goes to `failed` as a sentence.
template <class Call, class Failed>
auto contained(Call call, Failed failed) noexcept -> decltype(call()) {
    try {
        return call();
    } catch (const ErrorException& thrown) {
        return failed(std::string(thrown.what()));
    } catch (const std::exception& thrown) {
        return failed(fault_sentence(thrown.what()));
    } catch (...) {
        return failed(fault_sentence("an exception of an unknown type"));
    }
}

fieldway_plugin* create(const fieldway_host* host) {
    return contained(
        [&]() -> fieldway_plugin* {
            auto made = std::make_unique<fieldway_plugin>();
            made->plugin = library().factory();
            made->host = host;
            return made.release();
        },
        [&](const std::string& sentence) -> fieldway_plugin* {
            Host(host, 0).log(LogLevel::error, sentence);
            return nullptr;
        });
}

void destroy(fieldway_plugin* plugin) {
    const std::unique_ptr<fieldway_plugin> owned(plugin);
}

std::int32_t check(fieldway_plugin* plugin, fieldway_bytes config, fieldway_sink function,
                   void* context) {
    const Sink sink{function, context};
    return contained(
        [&]() -> std::int32_t {
            const InputSettings settings = input_settings_from_json(text(config)).value();
            const std::vector<Problem> problems = plugin->plugin->check(settings);
            if (!problems.empty()) sink.take(to_json_text(problems));
            for (const Problem& problem : problems) {
                if (!problem.warning) return FIELDWAY_ERROR;
            }
            return FIELDWAY_OK;
        },
        [&](std::string sentence) { return sink.fail(std::move(sentence)); });
}

std::int32_t plan(fieldway_plugin* plugin, fieldway_bytes config, fieldway_sink function,
                  void* context) {
    const Sink sink{function, context};
    return contained(
        [&]() -> std::int32_t {
            const InputSettings settings = input_settings_from_json(text(config)).value();
            sink.take(json::serialize(plugin->plugin->plan(settings)));
            return FIELDWAY_OK;
        },
        [&](std::string sentence) { return sink.fail(std::move(sentence)); });
}

fieldway_input* start(fieldway_plugin* plugin, std::uint64_t number, fieldway_bytes config,
                      fieldway_sink function, void* context) {
    const Sink sink{function, context};
    return contained(
        [&]() -> fieldway_input* {
            const InputSettings settings = input_settings_from_json(text(config)).value();
            auto made = std::make_unique<fieldway_input>();
            made->host = Host(plugin->host, number);
            made->input = plugin->plugin->start(made->host, settings).value();
            return made.release();
        },
        [&](std::string sentence) -> fieldway_input* {
            sink.fail(std::move(sentence));
            return nullptr;
        });
}

std::int32_t update(fieldway_input* input, fieldway_bytes config, fieldway_sink function,
                    void* context) {
    const Sink sink{function, context};
    return contained(
        [&]() -> std::int32_t {
            const InputSettings settings = input_settings_from_json(text(config)).value();
            input->input->update(settings).value();
            return FIELDWAY_OK;
        },
        [&](std::string sentence) { return sink.fail(std::move(sentence)); });
}

std::int32_t submit(fieldway_input* input, fieldway_bytes bytes) {
    std::uint64_t number = 0;
    return contained(
        [&]() -> std::int32_t {
            const Result<wire::Command> command = wire::decode_command(view(bytes));
            if (!command) return FIELDWAY_ERROR;
            number = command->number;
            input->input->submit(*command);
            return FIELDWAY_OK;
        },
        [&](std::string sentence) -> std::int32_t {
            // If it had answered before it threw, the gateway drops this second answer and counts
            // it.
            wire::Outcome outcome;
            outcome.number = number;
            outcome.status = wire::OutcomeStatus::failed;
            outcome.reason = std::move(sentence);
            input->host.answer(outcome);
            return FIELDWAY_OK;
        });
}

void accepted(fieldway_input* input, const fieldway_acceptance* list, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
        contained(
            [&] {
                input->input->accepted(list[i].token, static_cast<Acceptance>(list[i].outcome));
            },
            [&](const std::string& sentence) { input->host.log(LogLevel::error, sentence); });
    }
}

std::int32_t stop(fieldway_input* input, std::int64_t deadline_ns) {
    return contained(
        [&]() -> std::int32_t {
            const MonotonicTime deadline{std::chrono::nanoseconds(deadline_ns)};
            if (!input->input->stop(deadline))
                return FIELDWAY_FULL;  // abandoned: something still uses it
            const std::unique_ptr<fieldway_input> owned(input);
            return FIELDWAY_OK;
        },
        [&](const std::string& sentence) -> std::int32_t {
            input->host.log(LogLevel::error, sentence);
            return FIELDWAY_ERROR;
        });
}

std::int32_t decode(fieldway_bytes arguments, fieldway_sink function, void* context) {
    const Sink sink{function, context};
    return contained(
        [&]() -> std::int32_t {
            std::vector<std::string> words;
            const json::value parsed = json::parse(text(arguments));
            for (const json::value& word : parsed.as_array())
                words.emplace_back(word.as_string());
            if (words.empty()) return sink.fail("decode is told no kind; name one");
            sink.take(library().info->decode(words).value());
            return FIELDWAY_OK;
        },
        [&](std::string sentence) { return sink.fail(std::move(sentence)); });
}

fieldway_simulation* simulate(fieldway_bytes config, fieldway_sink function, void* context) {
    const Sink sink{function, context};
    return contained(
        [&]() -> fieldway_simulation* {
            const json::value parsed = json::parse(text(config));
            const PluginInfo& info = *library().info;
            if (info.check_simulation != nullptr) {
                const std::vector<Problem> problems = info.check_simulation(parsed.as_object());
                if (!problems.empty()) {
                    sink.take(to_json_text(problems));
                    return nullptr;
                }
            }
            auto made = std::make_unique<fieldway_simulation>();
            made->simulation = info.simulate(parsed.as_object()).value();
            sink.take(json::serialize(made->simulation->address()));
            return made.release();
        },
        [&](std::string sentence) -> fieldway_simulation* {
            sink.fail(std::move(sentence));
            return nullptr;
        });
}

void stop_simulation(fieldway_simulation* simulation) {
    const std::unique_ptr<fieldway_simulation> owned(simulation);
}

std::int32_t probe(fieldway_bytes bytes, fieldway_news news, void* news_context,
                   fieldway_sink function, void* context) {
    const Sink sink{function, context};
    return contained(
        [&]() -> std::int32_t {
            const ProbeRequest request = probe_request_from_json(text(bytes)).value();
            const auto tell = [&](const json::object& told) {
                const std::string line = json::serialize(told);
                return news == nullptr || news(news_context, borrowed(line)) == FIELDWAY_OK;
            };
            const Result<json::object> answer = library().info->probe(request, tell);
            if (answer) {
                sink.take(json::serialize(*answer));
                return FIELDWAY_OK;
            }
            const bool can_never = answer.error().consequence() == Consequence::drop_item;
            sink.take(to_json_text(
                std::vector<Problem>{{can_never ? "/request" : "", answer.error().text(), false}}));
            return FIELDWAY_ERROR;
        },
        [&](std::string sentence) { return sink.fail(std::move(sentence)); });
}

void make(Library& self, const PluginInfo& info, PluginFactory factory) {
    self.info = &info;
    self.factory = factory;
    self.tables = json::serialize(to_json(info.tables));
    self.decode_kinds =
        json::serialize(json::array(info.decode_kinds.begin(), info.decode_kinds.end()));
    self.simulate_table = json::serialize(to_json(info.simulate_table));
    self.probe_tables = json::serialize(to_json(info.probe_tables));

    fieldway_plugin_api& api = self.api;
    api.size = sizeof api;
    api.abi_version = FIELDWAY_ABI_VERSION;
    api.name = info.name.c_str();
    api.version = info.version.c_str();
    api.summary = info.summary.c_str();
    api.tables = self.tables.c_str();
    api.create = create;
    api.destroy = destroy;
    api.check = check;
    api.plan = plan;
    api.start = start;
    api.update = update;
    api.submit = submit;
    api.accepted = accepted;
    api.stop = stop;
    if (info.decode != nullptr) {
        api.decode = decode;
        api.decode_kinds = self.decode_kinds.c_str();
    }
    if (info.simulate != nullptr) {
        api.simulate = simulate;
        api.stop_simulation = stop_simulation;
        api.simulate_table = self.simulate_table.c_str();
    }
    if (info.probe != nullptr) {
        api.probe = probe;
        api.probe_tables = self.probe_tables.c_str();
    }
}

}  // namespace

bool Host::emit(const std::vector<wire::DeviceReadings>& readings, std::uint64_t token) const {
    assert(host_ != nullptr);
    return host_->emit(host_->context, input_, borrowed(wire::encode(readings)), token) ==
           FIELDWAY_OK;
}

void Host::state(const wire::State& state) const {
    assert(host_ != nullptr);
    host_->state(host_->context, input_, borrowed(wire::encode(state)));
}

void Host::answer(const wire::Outcome& outcome) const {
    assert(host_ != nullptr);
    host_->answer(host_->context, input_, borrowed(wire::encode(outcome)));
}

void Host::log(LogLevel level, std::string_view sentence) const {
    assert(host_ != nullptr);
    host_->log(host_->context, input_, static_cast<std::int32_t>(level), borrowed(sentence));
}

MonotonicTime Host::monotonic() const {
    assert(host_ != nullptr);
    return MonotonicTime{std::chrono::nanoseconds(host_->monotonic_ns(host_->context))};
}

WallTime Host::wall() const {
    assert(host_ != nullptr);
    return WallTime{std::chrono::milliseconds(host_->wall_ms(host_->context))};
}

const fieldway_plugin_api* plugin_entry(std::uint32_t host_abi_version, const PluginInfo& info,
                                        PluginFactory factory) {
    if (host_abi_version != FIELDWAY_ABI_VERSION) return nullptr;
    Library& self = library();
    std::call_once(self.made, [&] { make(self, info, factory); });
    return &self.api;
}

}  // namespace fieldway::sdk
