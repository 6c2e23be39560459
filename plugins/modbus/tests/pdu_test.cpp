#include "modbus/pdu.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace fieldway::modbus {
namespace {

Bytes hex(std::string_view text) {
    return bytes_from_hex(text).value();
}
std::string pdu_of(const Request& request) {
    Bytes pdu;
    append_pdu(pdu, request);
    return to_hex(pdu);
}
Request request_of(Function function, std::uint16_t address, std::uint16_t count = 1) {
    Request request;
    request.unit = 1;
    request.function = function;
    request.address = address;
    request.count = count;
    return request;
}

/// The examples of the standard, clause by clause: request, answer, data.
struct Example {
    Request request;
    std::string asked;
    std::string answered;
    std::string data;
};
std::vector<Example> examples() {
    std::vector<Example> all;
    all.push_back(
        {request_of(Function::read_coils, 0x13, 0x13), "0100130013", "0103cd6b05", "cd6b05"});
    all.push_back({request_of(Function::read_discrete_inputs, 0xC4, 0x16), "0200c40016",
                   "0203acdb35", "acdb35"});
    all.push_back({request_of(Function::read_holding_registers, 0x6B, 3), "03006b0003",
                   "0306022b00000064", "022b00000064"});
    all.push_back(
        {request_of(Function::read_input_registers, 8), "0400080001", "0402000a", "000a"});
    Request coil = request_of(Function::write_single_coil, 0xAC);
    coil.value = 1;
    all.push_back({coil, "0500acff00", "0500acff00", "ff00"});
    Request single = request_of(Function::write_single_register, 1);
    single.value = 3;
    all.push_back({single, "0600010003", "0600010003", "0003"});
    Request coils = request_of(Function::write_coils, 0x13, 10);
    coils.data = hex("cd01");
    all.push_back({coils, "0f0013000a02cd01", "0f0013000a", "000a"});
    Request registers = request_of(Function::write_registers, 1, 2);
    registers.data = hex("000a0102");
    all.push_back({registers, "100001000204000a0102", "1000010002", "0002"});
    Request mask = request_of(Function::mask_write_register, 4);
    mask.value = 0xF2;
    mask.or_mask = 0x25;
    all.push_back({mask, "16000400f20025", "16000400f20025", "00f20025"});
    Request exchange = request_of(Function::read_write_registers, 3, 6);
    exchange.write_address = 0x0E;
    exchange.data = hex("00ff00ff00ff");
    all.push_back({exchange, "1700030006000e00030600ff00ff00ff", "170c00fe0acd00010003000d00ff",
                   "00fe0acd00010003000d00ff"});
    all.push_back({request_of(Function::read_identification, 0, 1), "2b0e0100",
                   "2b0e010100000300014101024243020144", "010100000300014101024243020144"});
    return all;
}

TEST(Pdu, IsWhatTheStandardShowsForEachFunction) {
    for (const Example& example : examples()) {
        EXPECT_EQ(pdu_of(example.request), example.asked);
        const Bytes answer = hex(example.answered);
        const Reply reply = match_pdu(example.request, answer);
        EXPECT_EQ(reply.kind, Reply::Kind::answer) << example.answered << reply.reason;
        EXPECT_EQ(to_hex(reply.data), example.data);
        if (const auto size = answer_size(example.request)) {
            EXPECT_EQ(*size, answer.size()) << example.answered;
        }
    }
}

TEST(Pdu, IsTheAnswerToNoOtherFunctionNorOfAnotherLength) {
    for (const Example& asked : examples()) {
        for (const Example& other : examples()) {
            const bool same = asked.request.function == other.request.function;
            EXPECT_EQ(match_pdu(asked.request, hex(other.answered)).kind == Reply::Kind::answer,
                      same);
        }
        Bytes answer = hex(asked.answered);
        answer.push_back(0);
        EXPECT_EQ(match_pdu(asked.request, answer).kind, Reply::Kind::bad_answer);
        answer.resize(answer.size() - 2);
        EXPECT_EQ(match_pdu(asked.request, answer).kind, Reply::Kind::bad_answer);
    }
}

TEST(Pdu, EchoesWhatWasWritten) {
    for (const Example& example : examples()) {
        const Function function = example.request.function;
        if (!is_write(function) || function == Function::read_write_registers) continue;
        EXPECT_EQ(to_hex(echo_of(example.request)), example.data);
        EXPECT_EQ(answer_repeats_request(function), example.asked == example.answered);
    }
}

/// The rule that the late window stands on: whatever would be taken for the answer has the shape.
TEST(Pdu, HasTheShapeOfEveryAnswerThatWouldBeTakenForIt) {
    auto all = examples();
    all.push_back({request_of(Function::read_holding_registers, 9, 3), "", "0306000100020003", ""});
    all.push_back(
        {request_of(Function::read_holding_registers, 9, 4), "", "03080001000200030004", ""});
    all.push_back({request_of(Function::read_coils, 0, 17), "", "0103000001", ""});
    Request other_value = request_of(Function::write_single_register, 1);
    other_value.value = 4;
    all.push_back({other_value, "", "0600010004", ""});
    all.push_back({request_of(Function::write_single_register, 2), "", "0600020000", ""});
    for (const Example& asked : all) {
        for (const Example& next : all) {
            const bool taken =
                match_pdu(next.request, hex(asked.answered)).kind == Reply::Kind::answer;
            EXPECT_EQ(same_answer_shape(asked.request, next.request), taken)
                << asked.answered << " for " << pdu_of(next.request);
        }
    }
    Request elsewhere = request_of(Function::read_coils, 0, 17);
    elsewhere.unit = 2;
    EXPECT_FALSE(same_answer_shape(all[0].request, elsewhere));
}

TEST(Pdu, TellsWhatADeviceIs) {
    const auto found = parse_identification(hex("01 81 FF 02 02 00 03 41 42 43 01 01 44"));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->more_from, 2);
    ASSERT_EQ(found->objects.size(), 2U);
    EXPECT_EQ(found->objects[0].text, "ABC");
    EXPECT_FALSE(parse_identification(hex("01 81 FF 02 02 00 03 41 42 43 01 02 44")));
    EXPECT_FALSE(parse_identification(hex("01 81 FF 02 00 00")));
}

TEST(Pdu, TellsAGatewaysExceptionsFromTheDevicesOwn) {
    EXPECT_EQ(exception_text(2), "exception 02, illegal data address");
    EXPECT_EQ(exception_text(0x0B),
              "exception 0B, from the gateway: the unit behind it did not answer");
    EXPECT_TRUE(is_gateway_exception(0x0A));
    EXPECT_FALSE(is_gateway_exception(4));
}

}  // namespace
}  // namespace fieldway::modbus
