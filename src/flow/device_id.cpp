#include "flow/device_id.h"

#include "base/value.h"

namespace fieldway {

Result<DeviceId> DeviceId::parse(std::string_view text) {
    const auto bad = [&](const std::string& why) {
        std::string shown;
        append_json_string(shown, text.substr(0, longest));
        return Error::drop_item("the device id " + shown + " " + why);
    };
    if (text.empty())
        return Error::drop_item("the device id is empty; write the id of the platform");
    if (text.size() > longest) {
        return bad("has " + std::to_string(text.size()) + " bytes; the most is " +
                   std::to_string(longest));
    }
    if (text == "." || text == "..") return bad("is a folder's name; use another id");
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '/' || c == '+' || c == '#') {
            return bad(std::string("has a '") + c + "', which MQTT topics reserve; leave it out");
        }
        // U+0080 to U+009F are controls too (MQTT 5 clause 1.5.4); in UTF-8 they are C2 and one of
        // 80 to 9F.
        const bool c1 = static_cast<unsigned char>(c) == 0xC2 && i + 1 < text.size() &&
                        static_cast<unsigned char>(text[i + 1]) < 0xA0;
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c1) {
            return bad("has a control character; leave it out");
        }
    }
    if (!is_utf8(text)) return bad("is not valid UTF-8; write the file as UTF-8");
    return DeviceId(std::string(text));
}

}  // namespace fieldway
