// What platforms differ in: a line a platform, which everything else asks. Whoever adds one gives
// it a name in the enumeration and a line in the table.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <string_view>

#include "config/choice.h"

namespace fieldway::config {

enum class Platform : std::uint8_t { akenza, generic };

/// Templates: {device} and {secret} are replaced, and {subtopic}, which takes the slash before it
/// along when it is empty.
struct PlatformTopics {
    std::string_view uplink;
    std::string_view downlink;  ///< a subscription; empty: none
};

struct PlatformTraits {
    Platform platform{};
    std::string_view name;  ///< in `platform:` and in sentences
    /// Without an uplink topic the operator writes one: `topics`.
    PlatformTopics topics;
    /// With auth `uplink-secret`; without an uplink topic the platform has no such method.
    PlatformTopics secret_topics;
    /// Of one session, unless `limits` says otherwise; 0: no limit.
    double messages_per_second = 0;
    /// What the platform shows in place of an empty subtopic, and then it joins the levels of the
    /// others with `_`: two that come out alike are refused. Empty: it shows each as it is.
    std::string_view default_subtopic;
};

inline constexpr std::array platforms{
    // MQTT page, "Authentication". `#` matches the level above it too (MQTT 5 clause 4.7.1.2).
    PlatformTraits{Platform::akenza,
                   "akenza",
                   {"/up/device/id/{device}/{subtopic}", "/down/device/id/{device}/#"},
                   {"/up/{secret}/id/{device}/{subtopic}", "/down/{secret}/id/{device}/#"},
                   20,
                   "default"},
    PlatformTraits{Platform::generic, "generic", {}, {}, 0, {}},
};

constexpr const PlatformTraits& traits_of(Platform platform) {
    const auto* const found =
        std::find_if(platforms.begin(), platforms.end(),
                     [&](const PlatformTraits& traits) { return traits.platform == platform; });
    assert(found != platforms.end());
    return *found;
}

/// The words of `platform:`.
inline constexpr auto platform_choices = [] {
    std::array<Choice<Platform>, platforms.size()> choices{};
    std::transform(platforms.begin(), platforms.end(), choices.begin(),
                   [](const PlatformTraits& traits) {
                       return Choice<Platform>{traits.name, traits.platform};
                   });
    return choices;
}();

}  // namespace fieldway::config
