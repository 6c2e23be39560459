#include "uplink/credentials.h"

#include "base/text_file.h"

namespace fieldway::uplink {

bool secret_is_in_a_file(const config::AuthOptions& auth) {
    switch (auth.method) {
        case config::AuthMethod::none:
            return false;
        case config::AuthMethod::password:
            return !auth.password_file.empty();
        case config::AuthMethod::uplink_secret:
            return !auth.secret_file.empty();
    }
    return false;
}

Result<std::string> read_secret(const config::AuthOptions& auth) {
    switch (auth.method) {
        case config::AuthMethod::none:
            return std::string();
        case config::AuthMethod::password:
            return auth.password_file.empty() ? Result<std::string>(auth.password)
                                              : read_secret_file(auth.password_file);
        case config::AuthMethod::uplink_secret:
            return auth.secret_file.empty() ? Result<std::string>(auth.secret)
                                            : read_secret_file(auth.secret_file);
    }
    return std::string();
}

}  // namespace fieldway::uplink
