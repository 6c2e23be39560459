// Verbs about device credentials: keys new, token. They need no running gateway.
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <string>
#include <system_error>
#include <vector>

#include <boost/json.hpp>

#include "app/configuration.h"
#include "app/verbs.h"
#include "base/json_text.h"
#include "base/nearest_name.h"
#include "base/unique_fd.h"
#include "uplink/credentials.h"
#include "uplink/token.h"

namespace fieldway::app {

namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

constexpr const char* service_group = "fieldway";

struct DeviceLogin {
    DeviceId device;
    const config::UplinkOptions& uplink;
};

/// The device and its uplink, which must use device credentials.
Result<DeviceLogin> login_of(const config::GatewayConfig& config, const std::string& id) {
    std::vector<std::string> known;
    for (const config::DeviceOptions& device : config.devices) {
        known.push_back(device.id.text());
        if (device.id.text() != id) continue;
        for (const config::UplinkOptions& uplink : config.uplinks) {
            if (uplink.name != device.uplink) continue;
            if (uplink.auth.method == config::AuthMethod::device_credentials) {
                return DeviceLogin{device.id, uplink};
            }
            return Error::drop_item("the uplink " + uplink.name + " of device " + id +
                                    " does not use device credentials; its auth.method would be "
                                    "device-credentials");
        }
    }
    const std::string nearest = nearest_name(id, known);
    return Error::drop_item("no device has the id " + id +
                            (nearest.empty() ? "" : "; did you mean " + nearest + "?"));
}

int fail(const Error& error) {
    std::cerr << "fieldway: " << error.text() << '\n';
    return exit_failed;
}

Error errno_error(const std::string& what, const fs::path& file, int number) {
    return Error::stop_program("cannot " + what + " " + file.string() + ": " +
                               std::strerror(number));
}

/// A service reads the file as the group fieldway, and nobody else may; a plain user alone reads
/// theirs.
Result<> give_to_service(int fd, const fs::path& file) {
    if (::geteuid() != 0) return {};
    const group* service = ::getgrnam(service_group);
    if (service == nullptr) return {};  // not installed as a service
    if (::fchown(fd, 0, service->gr_gid) != 0 || ::fchmod(fd, 0640) != 0) {
        return errno_error("give to the group fieldway", file, errno);
    }
    return {};
}

Result<> make_key_folder(const fs::path& folder) {
    std::error_code error;
    if (fs::exists(folder, error)) return {};
    fs::create_directories(folder, error);
    if (error) {
        return Error::stop_program("cannot make the folder " + folder.string() + ": " +
                                   error.message());
    }
    const UniqueFd opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened.valid() || ::fchmod(opened.get(), 0750) != 0) {
        return errno_error("set the mode of", folder, errno);
    }
    const group* service = ::geteuid() == 0 ? ::getgrnam(service_group) : nullptr;
    if (service != nullptr && ::fchown(opened.get(), 0, service->gr_gid) != 0) {
        return errno_error("give to the group fieldway", folder, errno);
    }
    return {};
}

/// Whole or not at all: written beside its place and linked to it, so that a key that is there is
/// never written over and half a key is never found.
Result<> write_key(const fs::path& file, const std::string& pem) {
    if (auto made = make_key_folder(file.parent_path()); !made) return made;
    const fs::path unfinished = file.string() + ".new-" + std::to_string(::getpid());
    const UniqueFd fd(::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!fd.valid()) return errno_error("make", unfinished, errno);
    Result<> result;
    if (::write(fd.get(), pem.data(), pem.size()) != static_cast<ssize_t>(pem.size()) ||
        ::fsync(fd.get()) != 0) {
        result = errno_error("write", unfinished, errno);
    } else {
        result = give_to_service(fd.get(), file);
    }
    if (result && ::link(unfinished.c_str(), file.c_str()) != 0) {
        result = errno == EEXIST
                     ? Error::drop_item(
                           file.string() +
                           " is there already and is kept: a key that is lost locks its device "
                           "out; to change keys configure next_key_file and use --next, or move "
                           "the file away")
                     : errno_error("make", file, errno);
    }
    ::unlink(unfinished.c_str());
    return result;
}

Result<json::object> make_device_key(const DeviceLogin& login, const NewKey& wanted) {
    const config::AuthOptions& auth = login.uplink.auth;
    const fs::path& pattern = wanted.next ? auth.next_key_file : auth.key_file;
    if (pattern.empty()) {
        return Error::drop_item("the uplink " + login.uplink.name +
                                " names no next_key_file; configure it, then use --next");
    }
    auto key = uplink::SigningKey::generate(wanted.rsa ? uplink::SigningAlgorithm::rs256
                                                       : uplink::SigningAlgorithm::es256);
    if (!key) return key.error();
    const fs::path file = uplink::key_file_of(pattern, login.device);
    if (auto written = write_key(file, key->private_pem()); !written) return written.error();
    return json::object{{"device", login.device.text()},
                        {"file", file.string()},
                        {"algorithm", uplink::name_of(key->algorithm())},
                        {"kid", key->spki_sha256()},
                        {"public_key", key->public_pem()}};
}

void print_key(const json::object& key, bool as_json) {
    if (as_json) {
        std::cout << to_json_text(key) << '\n';
        return;
    }
    const auto text = [&](const char* name) { return key.at(name).as_string().c_str(); };
    std::cout << "device " << text("device") << ": " << text("algorithm") << ", private key in "
              << text("file") << "\nkid (spki-sha256): " << text("kid")
              << "\nupload this public key to the platform:\n"
              << text("public_key");
}

/// Nothing when the configuration cannot be used; it has said why.
std::optional<config::GatewayConfig> usable_config(const CommonArguments& arguments) {
    Configuration configuration = load_configuration(arguments.config, Purpose::check);
    if (!configuration.loaded.usable()) {
        print_diagnostics(configuration.loaded.diagnostics);
        return std::nullopt;
    }
    return std::move(configuration.loaded.config);
}

}  // namespace

int keys_new_verb(const CommonArguments& arguments, const std::vector<std::string>& devices,
                  const NewKey& wanted) {
    const auto config = usable_config(arguments);
    if (!config) return exit_configuration;
    int status = exit_done;
    for (const std::string& id : devices) {
        const auto login = login_of(*config, id);
        const auto key =
            login ? make_device_key(*login, wanted) : Result<json::object>(login.error());
        if (key) {
            print_key(*key, arguments.json);
        } else {
            status = fail(key.error());
        }
    }
    return status;
}

int token_verb(const CommonArguments& arguments, const std::string& device, bool next) {
    const auto config = usable_config(arguments);
    if (!config) return exit_configuration;
    const auto login = login_of(*config, device);
    if (!login) return fail(login.error());
    if (next && login->uplink.auth.next_key_file.empty()) {
        return fail(
            Error::drop_item("the uplink " + login->uplink.name + " names no next_key_file"));
    }
    const auto secret = uplink::make_secret(
        login->uplink, login->device, next ? uplink::WhichKey::next : uplink::WhichKey::present,
        SystemClock().wall());
    if (!secret) return fail(secret.error());
    const std::string& token = secret->text;
    const auto decoded = uplink::decode_token(token);
    if (!decoded) return fail(decoded.error());
    if (arguments.json) {
        std::cout << to_json_text(json::object{{"device", device},
                                               {"token", token},
                                               {"header", decoded->header},
                                               {"payload", decoded->payload}})
                  << '\n';
        return exit_done;
    }
    const auto time_of = [&](const char* claim) {
        return rfc3339(WallTime(std::chrono::seconds(decoded->payload.at(claim).as_int64())));
    };
    std::cout << token << "\n\nheader  " << to_json_text(decoded->header) << "\npayload "
              << to_json_text(decoded->payload) << "\nissued  " << time_of("iat") << "\nexpires "
              << time_of("exp") << '\n';
    return exit_done;
}

}  // namespace fieldway::app
