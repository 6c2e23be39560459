#include "app/device_table.h"

#include <utility>

namespace fieldway::app {

Result<DeviceTable> DeviceTable::make(const std::vector<config::DeviceOptions>& devices,
                                      WallTime now) {
    DeviceTable table;
    table.devices_.reserve(devices.size());
    for (const config::DeviceOptions& options : devices) {
        auto mapper = mapping::Mapper::make(options);
        if (!mapper) return mapper.error().within("device " + options.id.text());
        const auto number = static_cast<DeviceNumber>(table.devices_.size() + 1);
        table.numbers_.emplace(options.id, number);
        std::vector<std::string> points;
        points.reserve(options.points.size());
        for (const config::PointOptions& point : options.points)
            points.push_back(point.name);
        table.devices_.push_back(Device{number, options.id, options.input, options.uplink,
                                        std::move(points), std::move(*mapper), "starting", "",
                                        now});
    }
    return table;
}

Device* DeviceTable::find(DeviceNumber number) {
    if (number == 0 || number > devices_.size()) return nullptr;
    return &devices_[number - 1];
}

Device* DeviceTable::find(std::string_view id) {
    const auto parsed = DeviceId::parse(id);
    if (!parsed) return nullptr;
    const auto found = numbers_.find(*parsed);
    return found == numbers_.end() ? nullptr : find(found->second);
}

}  // namespace fieldway::app
