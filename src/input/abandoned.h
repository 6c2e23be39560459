// What an abandoned plugin may still use: kept until the process ends, and where a leak checker
// finds it.
#pragma once

#include <memory>

namespace fieldway::input {

/// The one deliberate leak. Nothing is ever looked up here, so it is no state that two gateways
/// could share. Thread: any.
void keep_for_ever(std::shared_ptr<const void> thing);

/// The same for an object of the plugin's own.
template <class PluginObject>
void keep_pointer_for_ever(PluginObject* object) {
    if (object != nullptr) keep_for_ever(std::make_shared<PluginObject*>(object));
}

}  // namespace fieldway::input
