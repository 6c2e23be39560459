"""The exec input: any program that prints JSON lines, and what tests count with."""
import signal
import unittest

from fieldway_test import UPLINK, SystemTest
from fieldway_test.waiting import PATIENCE

CONFIG = UPLINK + """
inputs:
  - { name: script, plugin: exec, command: [/bin/sh, "${SCRIPT}"] }
devices:
  - id: COUNTER
    uplink: broker
    input: script
    address: { key: c }
"""


class Exec(SystemTest):
    def run_script(self, script, config=CONFIG):
        broker = self.broker()
        subscriber = self.subscriber(broker)
        path = self.file("script.sh", script)
        gateway = self.gateway(config, BROKER=broker.port, SCRIPT=path)
        return broker, subscriber, gateway

    def test_counts_from_1_to_n_all_arrive_once_and_in_order(self):
        count = 500
        _, subscriber, gateway = self.run_script(f"""
n=0
while [ $n -lt {count} ]; do n=$((n+1)); echo '{{"key":"c","values":{{"n":'$n'}}}}'; done
cat >/dev/null
""")
        messages = subscriber.wait(count, "site/COUNTER")
        self.assertEqual([message.json()["n"] for message in messages], list(range(1, count + 1)))
        self.assert_stops_in_time(gateway)
        self.assertEqual(len(subscriber.messages()), count)

    def test_a_value_keeps_its_type_and_the_programs_timestamp(self):
        _, subscriber, _ = self.run_script("""
at='"timestamp":"2026-11-22T10:15:30.250Z"'
echo '{"key":"c","values":{"n":12,"ok":true,"note":"x","t":null},'$at'}'
cat >/dev/null
""")
        self.assertEqual(subscriber.wait(1)[0].json(), {
            "timestamp": "2026-11-22T10:15:30.250Z", "n": 12, "ok": True, "note": "x", "t": None})

    def test_a_line_with_an_id_is_answered_when_its_message_is_accepted(self):
        answers = self.file("answers", "")
        _, subscriber, _ = self.run_script(f"""
echo '{{"id":"m7","key":"c","values":{{"n":1}}}}'
read answer; echo "$answer" >{answers}
echo '{{"key":"c","values":{{"n":2}}}}'
cat >/dev/null
""")
        subscriber.wait(1, matches=lambda message: message.json()["n"] == 2)
        with open(answers, encoding="utf-8") as file:
            answer = file.read().replace(" ", "")
        self.assertIn('"id":"m7"', answer)
        self.assertIn('"accepted":true', answer)

    def test_what_is_no_line_of_the_conversation_is_told_once_and_the_rest_arrives(self):
        _, subscriber, gateway = self.run_script("""
for i in 1 2 3; do echo 'this is no JSON'; echo '{"key":"nobody","values":{"n":1}}'; done
head -c 100000 /dev/zero | tr '\\0' x; echo
echo '{"key":"c","values":{"n":7}}'
cat >/dev/null
""")
        self.assertEqual(subscriber.wait(1)[0].json()["n"], 7)
        self.assert_stops_in_time(gateway)  # then its log is whole
        told = [line for line in gateway.log() if "nobody" in line]
        self.assertEqual(len(told), 1, told)

    def test_a_program_that_ends_is_started_again(self):
        _, subscriber, _ = self.run_script("""echo '{"key":"c","values":{"pid":'$$'}}'\n""")
        pids = {message.json()["pid"] for message in subscriber.wait(
            2, matches=lambda message: message.json()["pid"] is not None)}
        self.assertEqual(len(pids), 2)

    def test_the_program_ends_with_the_gateway_and_sees_none_of_its_environment(self):
        seen = self.file("seen", "")
        _, subscriber, gateway = self.run_script(f"""
env >{seen}
echo '{{"key":"c","values":{{"pid":'$$'}}}}'
cat >/dev/null
""")
        pid = subscriber.wait(1)[0].json()["pid"]
        self.assert_stops_in_time(gateway)
        with self.assertRaises(FileNotFoundError), open(f"/proc/{pid}/stat", encoding="utf-8"):
            pass
        with open(seen, encoding="utf-8") as file:
            environment = file.read()
        for name in ("BROKER", "NOTIFY_SOCKET", "STATE_DIRECTORY"):
            self.assertNotIn(name + "=", environment)

    def test_the_program_ends_with_a_gateway_that_is_killed(self):
        # Nothing but the kernel ends this one: it ignores signals, and neither reads nor prints.
        _, subscriber, gateway = self.run_script("""
trap '' HUP INT TERM PIPE
echo '{"key":"c","values":{"pid":'$$'}}'
exec sleep 1000
""")
        program = self.watched(subscriber.wait(1)[0].json()["pid"])
        self.assertFalse(program.has_ended(0))
        gateway.stop(signal.SIGKILL)
        self.assertTrue(program.has_ended(PATIENCE))


if __name__ == "__main__":
    unittest.main()
