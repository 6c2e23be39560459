// The verbs of the command line. Each returns the exit status: 0 done, 1 it failed, 2 usage or
// configuration error.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace fieldway::app {

inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_configuration = 2;

/// Where verbs look, from the options that they share.
struct CommonArguments {
    std::filesystem::path config;   ///< --config FILE
    std::filesystem::path control;  ///< --control PATH; empty: as the configuration says
    bool json = false;              ///< --json
};

/// /etc/fieldway/fieldway.yaml, unless built for another prefix.
std::filesystem::path default_config_file();

int run_verb(const CommonArguments& arguments);
int check_verb(const CommonArguments& arguments);
int schema_verb(const CommonArguments& arguments, bool markdown);
int plugins_verb(const CommonArguments& arguments);
int version_verb(const CommonArguments& arguments);
int status_verb(const CommonArguments& arguments);
int read_verb(const CommonArguments& arguments, const std::string& device,
              const std::vector<std::string>& points);
/// `assignments`: POINT=VALUE.
int write_verb(const CommonArguments& arguments, const std::string& device,
               const std::vector<std::string>& assignments);
/// `fieldway read|write`, by the first word that looks like one a url straight on a bus, else by
/// device id through the running gateway. `verb`: read or write.
int access_verb(const CommonArguments& arguments, const std::string& verb,
                const std::vector<std::string>& words);
/// `words`: the url and the options of its plugin.
int scan_verb(const CommonArguments& arguments, const std::vector<std::string>& words,
              bool emit_config);
struct NewKey {
    bool rsa = false;   ///< RSA with 2048 bits instead of P-256
    bool next = false;  ///< into next_key_file
};
int keys_new_verb(const CommonArguments& arguments, const std::vector<std::string>& devices,
                  const NewKey& wanted);
/// `next`: signed with the key of next_key_file.
int token_verb(const CommonArguments& arguments, const std::string& device, bool next);
/// `device` may be empty: the first device of each uplink.
int doctor_verb(const CommonArguments& arguments, const std::string& device);
enum class ProfilesAction : std::uint8_t { list, show, test };
/// `name`: a profile; empty for all of them.
int profiles_verb(const CommonArguments& arguments, ProfilesAction action, const std::string& name);
/// The kinds that the plugins know.
std::string decode_help(const CommonArguments& arguments);
/// `words`: the kind and what follows it.
int decode_verb(const CommonArguments& arguments, const std::vector<std::string>& words);
int simulate_verb(const CommonArguments& arguments, const std::filesystem::path& file);

}  // namespace fieldway::app
