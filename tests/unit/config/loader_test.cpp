#include "config/loader.h"

#include <sys/stat.h>

#include <filesystem>

#include <gtest/gtest.h>

#include "support/files.h"
#include "support/temp_folder.h"
#include "unit/config/stub_plugins.h"

namespace fieldway::config::testing {
namespace {

namespace fs = std::filesystem;

class Loader : public ::testing::Test {
  protected:
    fs::path write(const std::string& name, const std::string& text) {
        fs::create_directories((folder_ / name).parent_path());
        return test::write_file(folder_ / name, text);
    }
    std::string said(const Loaded& loaded) {
        std::string text;
        for (const Diagnostic& diagnostic : loaded.diagnostics) {
            text += to_text(diagnostic).substr(folder_.string().size() + 1) + "\n";
        }
        return text;
    }

    const test::TempFolder own_;
    const fs::path folder_ = own_.path();
};

const std::string uplink_and_input = R"(
uplinks: [{ name: broker, platform: generic, url: mqtts://broker, topics: { uplink: "s/{device}" } }]
inputs: [{ name: hall, plugin: modbus, url: tcp://h:502 }]
)";

std::string device(const std::string& id, int unit) {
    return "  - { id: " + id +
           ", uplink: broker, input: hall, address: { unit: " + std::to_string(unit) +
           " }, points: [{ name: a, register: input:1 }] }\n";
}

TEST_F(Loader, SaysWhichFileIsNotThere) {
    const Loaded loaded = load(folder_ / "none.yaml", stub_context());
    EXPECT_FALSE(loaded.ok());
    EXPECT_EQ(said(loaded), "none.yaml: cannot read " + (folder_ / "none.yaml").string() +
                                ": No such file or directory\n");
}

TEST_F(Loader, RefusesWhatGivesItsTextOnlyOnce) {
    const fs::path pipe = folder_ / "pipe.yaml";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    const std::string sentence = pipe.string() +
                                 " is no regular file, and a configuration is read more than once; "
                                 "write it to a file and name that\n";
    EXPECT_EQ(said(load(pipe, stub_context())), "pipe.yaml: " + sentence);
    const auto file = write("f.yaml", "include: [pipe.yaml]\n");
    EXPECT_EQ(said(load(file, stub_context())), "f.yaml:1:11: " + sentence);
}

TEST_F(Loader, ASecretFileThatIsNotThereCostsItsUplinkAlone) {
    const auto file = write("f.yaml", R"(
uplinks:
  - name: own
    platform: generic
    url: mqtts://broker
    topics: { uplink: "s/{device}" }
    auth: { method: password, username: u, password_file: none }
)");
    const Loaded loaded = load(file, stub_context());
    EXPECT_FALSE(loaded.ok());
    EXPECT_TRUE(loaded.usable());
    ASSERT_EQ(loaded.diagnostics.size(), 1U) << said(loaded);
    EXPECT_EQ(loaded.diagnostics[0].uplink, "own");
}

TEST_F(Loader, ReadsIncludedFilesInAlphabeticalOrder) {
    write("devices.d/b.yaml", "devices:\n" + device("B", 2));
    write("devices.d/a.yaml", "devices:\n" + device("A", 1));
    write("devices.d/c.txt", "no yaml: [");
    const auto file =
        write("f.yaml", "include: [devices.d/*.yaml, none.d/*.yaml]\n" + uplink_and_input);
    const Loaded loaded = load(file, stub_context());
    EXPECT_EQ(said(loaded), "");
    ASSERT_EQ(loaded.config.devices.size(), 2u);
    EXPECT_EQ(loaded.config.devices[0].id.text(), "A");
    EXPECT_EQ(loaded.config.devices[1].id.text(), "B");
    EXPECT_EQ(loaded.files, (std::vector<fs::path>{file, folder_ / "devices.d/a.yaml",
                                                   folder_ / "devices.d/b.yaml"}));
}

TEST_F(Loader, NamesTheIncludedFileInErrors) {
    write("devices.d/a.yaml", "devices:\n" + device("A", 300));
    const auto file = write("f.yaml", "include: [devices.d/*.yaml]\n" + uplink_and_input);
    EXPECT_EQ(said(load(file, stub_context())),
              "devices.d/a.yaml:2:60: unit is 300; the most is 247\n");
}

TEST_F(Loader, RefusesFilesThatIncludeEachOther) {
    write("a.yaml", "include: [f.yaml]\n");
    const auto file = write("f.yaml", "include: [a.yaml]\n" + uplink_and_input);
    const std::string text = said(load(file, stub_context()));
    EXPECT_EQ(text.substr(0, 12), "a.yaml:1:11:");
    EXPECT_NE(text.find("must not include each other in a circle"), std::string::npos);
}

TEST_F(Loader, ReadsAFileOnceThoughTwoPatternsNameIt) {
    write("d/a.yaml", "devices:\n" + device("A", 1));
    const auto file = write("f.yaml", "include: [d/*.yaml, d/a.yaml]\n" + uplink_and_input);
    EXPECT_EQ(said(load(file, stub_context())), "");
}

TEST_F(Loader, RefusesAnIncludedFileThatIsNotThereAndSectionsThatAreNotItsOwn) {
    write("a.yaml", "log: { level: debug }\n");
    const auto file = write("f.yaml", "include: [a.yaml, b.yaml]\n" + uplink_and_input);
    const std::string text = said(load(file, stub_context()));
    EXPECT_NE(text.find("a.yaml:1:1: log belongs into the first file"), std::string::npos) << text;
    EXPECT_NE(text.find("f.yaml:1:19: cannot read"), std::string::npos) << text;
}

TEST_F(Loader, WarnsOfASecretFileThatOthersMayRead) {
    const auto secret = write("secret", "s3cret\n");
    const auto file = write("f.yaml", R"(uplinks:
  - name: a
    platform: akenza
    url: mqtts://h
    auth: { method: uplink-secret, connector_id: c, secret_file: secret }
)");
    ::chmod(secret.c_str(), 0644);
    const Loaded open = load(file, stub_context());
    EXPECT_TRUE(open.ok());
    EXPECT_EQ(said(open), "f.yaml:5:66: warning: others may read " + secret.string() +
                              "; take it from them: chmod o-r " + secret.string() + "\n");
    ::chmod(secret.c_str(), 0640);
    EXPECT_EQ(said(load(file, stub_context())), "");
    EXPECT_EQ(open.config.uplinks[0].auth.secret_file, secret);
    fs::remove(secret);
    EXPECT_FALSE(load(file, stub_context()).ok());
}

TEST_F(Loader, GivesPlaceToWhatAPluginComplainsAbout) {
    const auto file = write("f.yaml", uplink_and_input + R"(
devices:
  - id: A
    uplink: broker
    input: hall
    address: { unit: 1 }
    max_gap: 3
    points:
      - { name: a, register: input:1 }
      - { name: b, every: 1s, register: input:x }
    messages: [{ points: [b] }]
)");
    const Loaded loaded = load(file, stub_context());
    ASSERT_EQ(said(loaded), "");
    const auto place = [&](const char* pointer) {
        const Mark mark = loaded.marks.find("hall", pointer);
        return std::to_string(mark.line) + ":" + std::to_string(mark.column);
    };
    EXPECT_EQ(place(""), "3:10");
    EXPECT_EQ(place("/options/url"), "3:45");
    EXPECT_EQ(place("/options/timeout"), "3:10");
    EXPECT_EQ(place("/devices/0"), "6:5");
    EXPECT_EQ(place("/devices/0/address/unit"), "9:22");
    EXPECT_EQ(place("/devices/0/options/max_gap"), "10:14");
    EXPECT_EQ(place("/devices/0/points/1/options/register"), "13:41");
    EXPECT_EQ(place("/devices/0/points/1/every"), "13:27");
    EXPECT_EQ(place("/devices/0/points/1/options/type"), "13:9");
}

TEST_F(Loader, TellsAPluginItsDevicesInTheirOrder) {
    const auto file =
        write("f.yaml", uplink_and_input + "devices:\n" + device("A", 1) + device("B", 2));
    const Loaded loaded = load(file, stub_context());
    ASSERT_TRUE(loaded.ok());
    const InputSettings settings =
        settings_of(loaded.config, loaded.config.inputs[0],
                    [](const DeviceId& id) { return id.text() == "A" ? 7u : 9u; });
    EXPECT_EQ(settings.name, "hall");
    EXPECT_EQ(settings.options.at("timeout"), 500'000'000);
    ASSERT_EQ(settings.devices.size(), 2u);
    EXPECT_EQ(settings.devices[0].number, 7u);
    EXPECT_EQ(settings.devices[1].id, "B");
    EXPECT_EQ(settings.devices[1].address.at("unit"), 2);
    EXPECT_EQ(settings.devices[1].points[0].every, std::chrono::seconds(10));
    EXPECT_EQ(settings.devices[1].points[0].options.at("register"), "input:1");
}

TEST_F(Loader, GivesConfigurationsThatCompareByPart) {
    const auto before =
        load(write("a.yaml", uplink_and_input + "devices:\n" + device("A", 1) + device("B", 2)),
             stub_context());
    const auto after =
        load(write("b.yaml", uplink_and_input + "devices:\n" + device("A", 1) + device("B", 3)),
             stub_context());
    EXPECT_NE(before.config, after.config);
    EXPECT_EQ(before.config.uplinks, after.config.uplinks);
    EXPECT_EQ(before.config.inputs, after.config.inputs);
    EXPECT_EQ(before.config.devices[0], after.config.devices[0]);
    EXPECT_NE(before.config.devices[1], after.config.devices[1]);
}

TEST_F(Loader, TellsErrorsInTheOrderOfTheirPlaces) {
    const auto file = write("f.yaml", "devices:\n" + device("A/B", 1) + device("A", 999) +
                                          uplink_and_input + "log: { level: loud }\n");
    const Loaded loaded = load(file, stub_context());
    ASSERT_EQ(loaded.diagnostics.size(), 3u);
    EXPECT_TRUE(std::is_sorted(loaded.diagnostics.begin(), loaded.diagnostics.end(),
                               [](const auto& a, const auto& b) { return a.mark < b.mark; }));
}

TEST_F(Loader, BoundsTheNumberOfDiagnosticsAndCountsTheRest) {
    std::string text = "devices:\n";
    for (int i = 0; i < 2'000; ++i)
        text += "  - 5\n";
    const Loaded loaded = load_text(folder_ / "f.yaml", text, stub_context());
    EXPECT_EQ(loaded.diagnostics.size(), Diagnostics::most + 1);
    EXPECT_FALSE(loaded.ok());
}

TEST_F(Loader, FoldersOfProfilesAreRelativeToTheFileAndGoBeforeTheShippedOnes) {
    LoaderContext context = stub_context();
    context.defaults.profile_dirs = {"/usr/share/fieldway/profiles"};
    const Loaded loaded =
        load(write("fieldway.yaml", "gateway: { profile_dirs: [mine, /srv/ours] }\n"), context);
    const std::vector<fs::path> expected = {folder_ / "mine", "/srv/ours",
                                            "/usr/share/fieldway/profiles"};
    EXPECT_EQ(loaded.config.gateway.profile_dirs, expected);
}

TEST_F(Loader, ADeviceIsMergedWithItsProfileByWhoeverIsAsked) {
    const fs::path file = write("fieldway.yaml", uplink_and_input + R"(
devices:
  - { id: A1, uplink: broker, input: hall, address: { unit: 1 }, profile: some/thing }
  - { id: A2, uplink: broker, input: hall, address: { unit: 2 } }
)");
    const std::string profile = "profile.yaml";
    LoaderContext context = stub_context();
    std::vector<std::string> asked;
    context.merge_profile = [&](const ProfileUse& use, Diagnostics& diagnostics) {
        asked.push_back(use.device.value_of("profile")->text + " " + use.plugin);
        Node merged = use.device;
        Node points;
        points.kind = Node::Kind::list;
        points.place = {&profile, 7, 1};
        merged.entries.push_back({"points", points.place, points});
        diagnostics.warning(points.place, "is old");
        return merged;
    };
    const Loaded loaded = load(file, context);
    EXPECT_EQ(asked, std::vector<std::string>{"some/thing modbus"});
    ASSERT_EQ(loaded.diagnostics.size(), 1U);
    EXPECT_EQ(to_text(loaded.diagnostics[0]), "profile.yaml:7:1: warning: is old");
    EXPECT_EQ(to_text(loaded.marks.find("hall", "/devices/0/points/3")), "profile.yaml:7:1");
}

TEST_F(Loader, AMarkThatSeveralDevicesShareLeadsToEachOfThem) {
    MarkMap marks;
    marks.put("hall", "/devices/0/points/1/options/register", {"profile.yaml", 3, 9});
    marks.put("hall", "/devices/4/points/0/options/register", {"profile.yaml", 3, 9});
    marks.put("hall", "/devices/4", {"fieldway.yaml", 8, 1});
    std::string entries;
    for (const auto& [mark, entry] : marks.entries())
        entries += to_text(mark) + " " + entry.input + entry.pointer + "\n";
    EXPECT_EQ(entries,
              "fieldway.yaml:8:1 hall/devices/4\n"
              "profile.yaml:3:9 hall/devices/0/points/1\n"
              "profile.yaml:3:9 hall/devices/4/points/0\n");
    EXPECT_EQ(MarkMap::entry_of("hall", "/devices/x").pointer, "");
    EXPECT_EQ(MarkMap::entry_of("hall", "/options/url").pointer, "");
}

}  // namespace
}  // namespace fieldway::config::testing
