#include "exec/exec_options.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "exec/exec_plugin.h"

namespace fieldway::exec {
namespace {

using namespace std::chrono_literals;

/// As the gateway gives it: every default of the table filled in.
InputSettings settings(const boost::json::array& command) {
    InputSettings made;
    made.name = "script";
    for (const Option& each : exec_tables().input)
        made.options[each.name] = each.preset;
    made.options["command"] = command;
    return made;
}

InputDevice device(const std::string& id, const std::string& key) {
    InputDevice made;
    made.id = id;
    made.address = {{"key", key}};
    return made;
}

TEST(ExecOptions, FillTheStructFromTheTablesDefaults) {
    const ExecOptions options = exec_options(settings({"read-thing", "--every", "5s"}).options);
    EXPECT_EQ(options.command, (std::vector<std::string>{"read-thing", "--every", "5s"}));
    EXPECT_EQ(options.directory, "/");
    EXPECT_EQ(options.silence, Duration::zero());
    EXPECT_EQ(options.restart_wait, Duration(1s));
    EXPECT_EQ(options.restart_wait_most, Duration(60s));
    EXPECT_TRUE(options.environment.empty());
}

TEST(ExecOptions, TheEnvironmentIsOursAloneAndWhatTheConfigurationAdds) {
    InputSettings made = settings({"x"});
    EXPECT_EQ(
        environment_of(exec_options(made.options)),
        (std::vector<std::string>{
            "LANG=C.UTF-8", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "PYTHONUNBUFFERED=1"}));
    made.options["environment"] = {{"LANG", "de_DE.UTF-8"}, {"TOKEN", "a=b"}};
    const auto texts = environment_of(exec_options(made.options));
    EXPECT_EQ(texts.size(), 4u);
    EXPECT_EQ(texts.front(), "LANG=de_DE.UTF-8");
    EXPECT_EQ(texts.back(), "TOKEN=a=b");
}

TEST(ExecCheck, PassesWhatCanWork) {
    InputSettings made = settings({"/bin/true"});
    made.devices = {device("A", "a"), device("B", "b")};
    EXPECT_TRUE(check_exec(made).empty());
}

TEST(ExecCheck, TellsAllProblemsAtOnceEachWithItsPlace) {
    InputSettings made = settings({});
    made.options["environment"] = {{"A=B", "c"}};
    made.options["restart_wait"] = std::chrono::nanoseconds(2min).count();
    made.devices = {device("A", "same"), device("B", "same")};
    const auto problems = check_exec(made);
    ASSERT_EQ(problems.size(), 4u);
    EXPECT_EQ(problems[0].pointer, "/options/command");
    EXPECT_EQ(problems[1].pointer, "/options/environment");
    EXPECT_EQ(problems[2].pointer, "/options/restart_wait_most");
    EXPECT_EQ(problems[2].sentence, "restart_wait_most is 1m; the least is restart_wait, 2m");
    EXPECT_EQ(problems[3].pointer, "/devices/1/address/key");
    EXPECT_EQ(problems[3].sentence,
              "key same is device A's already; a key names one device of an input");
}

TEST(ExecPlugin, HasItsTablesAndAName) {
    EXPECT_EQ(ExecPlugin::info().name, "exec");
    EXPECT_EQ(ExecPlugin::info().tables, exec_tables());
}

}  // namespace
}  // namespace fieldway::exec
