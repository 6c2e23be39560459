#include "exec/exec_input.h"

#include <future>

#include <boost/asio/post.hpp>

namespace fieldway::exec {

namespace asio = boost::asio;

ExecInput::ExecInput(asio::io_context& loop, sdk::Host host, const InputSettings& settings)
    : loop_(loop),
      host_(host),
      options_(settings.options),
      program_(std::make_shared<Program>(loop, host, settings)) {
    asio::post(loop_, [program = program_] { program->begin(); });
}

Result<> ExecInput::update(const InputSettings& settings) {
    if (settings.options != options_) {
        return Error::stop_device("another command or other options of it need a new start");
    }
    asio::post(loop_,
               [program = program_, devices = settings.devices] { program->update(devices); });
    return {};
}

void ExecInput::submit(const wire::Command& command) {
    asio::post(loop_, [program = program_, command] { program->submit(command); });
}

void ExecInput::accepted(std::uint64_t token, sdk::Acceptance acceptance) {
    asio::post(loop_,
               [program = program_, token, acceptance] { program->accepted(token, acceptance); });
}

bool ExecInput::stop(MonotonicTime deadline) {
    auto stopped =
        std::make_shared<std::promise<void>>();  // shared: the deadline may pass before it is kept
    const auto done = stopped->get_future();
    asio::post(loop_, [program = program_, deadline, stopped] {
        program->stop(deadline, [stopped] { stopped->set_value(); });
    });
    return done.wait_for(deadline - host_.monotonic()) == std::future_status::ready;
}

}  // namespace fieldway::exec
