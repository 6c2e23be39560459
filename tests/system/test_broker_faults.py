"""Brokers that do not answer, close, refuse, forget: nothing lost, nothing overtaken, few repeats.

The numbers are those of the catalogue of faults that this gateway is built against.
"""
import unittest

from fieldway_test import (CLOSE, SILENCE, Connack, CountingTest, Later, number_of)
from fieldway_test.waiting import until

WINDOW = 16


def first_time(seen, receipt):
    """Whether this number comes for the first time."""
    known = receipt.payload in seen
    seen.add(receipt.payload)
    return not known


class BrokerFaults(CountingTest):
    def session(self, gateway):
        session, = gateway.ask("status")["sessions"]
        return session

    def test_fault_21_a_slow_broker_slows_its_own_device_alone(self):
        broker = self.ledger(
            on_publish=lambda received: Later(0.2) if received.client == "SLOW" else 0)
        devices = ["SLOW", "QUICK"]
        gateway, count_on = self.counting_gateway(broker, devices, in_flight=2)
        count_on(300)
        self.wait_numbers(broker, ["QUICK"], range(1, 301))
        self.assertLess(len([r for r in broker.publishes.all() if r.client == "SLOW"]), 200)

        def in_flight():
            return {s["device"]: s["in_flight"] for s in gateway.ask("status")["sessions"]}
        until(lambda: in_flight() == {"SLOW": 2, "QUICK": 0}, what=lambda: f"{in_flight()}")
        self.assertLessEqual(max(broker.most_open.values()), 2)
        self.assert_stops_in_time(gateway)

    def test_fault_22_a_message_that_the_broker_closes_on_is_parked_and_the_rest_flows(self):
        broker = self.ledger(on_publish=lambda r: CLOSE if number_of(r) == 4 else 0)
        gateway, count_on = self.counting_gateway(broker, ["D"], "3.1.1")
        count_on(40)
        good = [number for number in range(1, 41) if number != 4]
        self.wait_numbers(broker, ["D"], good)
        gateway.wait_log("message.buried.*closes the connection")
        receipts = broker.publishes.all()
        poison = [r for r in receipts if number_of(r) == 4]
        self.assertLessEqual(len(poison), 5)  # found, and then three times alone
        self.assert_counted([r for r in receipts if number_of(r) != 4], ["D"], good, 5 * WINDOW)
        self.assertEqual(gateway.ask("status")["queue"]["dead"], 1)
        session, = gateway.ask("status")["sessions"]
        self.assertEqual(session["state"], "up")
        self.assert_stops_in_time(gateway)

    def test_fault_23_what_is_too_large_for_the_broker_is_not_sent_or_not_for_ever(self):
        broker = self.ledger(on_connect=lambda _: Connack(maximum_packet_size=1000))
        gateway, count_on = self.counting_gateway(broker, ["D"])
        count_on(3)
        count_on(1, "y" * 2000)
        count_on(3)
        good = [1, 2, 3, 5, 6, 7]
        self.wait_numbers(broker, ["D"], good)
        gateway.wait_log("message.buried.*the broker takes at most")
        self.assert_counted(broker.publishes.all(), ["D"], good, 0)
        self.assertLess(max(r.size for r in broker.publishes.all()), 1000)
        self.assert_stops_in_time(gateway)

    def test_fault_24_refusals_are_answers(self):
        codes = {3: 0x10, 5: 0x87, 7: 0x90, 9: 0x99, 11: 0x95, 13: 0x80}
        broker = self.ledger(on_publish=lambda r: codes.get(number_of(r), 0))
        gateway, count_on = self.counting_gateway(broker, ["D"])
        count_on(20)
        self.wait_numbers(broker, ["D"], range(1, 21))
        gateway.wait_log("message.buried", 5)
        self.assert_counted(broker.publishes.all(), ["D"], range(1, 21), 0)
        queue = gateway.ask("status")["queue"]
        self.assertEqual((queue["released"], queue["dead"], queue["records"]), (15, 5, 0))
        self.assertEqual(broker.connects.all(), ["D"])
        self.assert_stops_in_time(gateway)

    def test_fault_24_a_quota_pauses_and_with_a_window_of_one_nothing_overtakes(self):
        seen = set()
        broker = self.ledger(
            on_publish=lambda r: 0x97 if first_time(seen, r) and number_of(r) == 2 else 0)
        gateway, count_on = self.counting_gateway(broker, ["D"], in_flight=1)
        count_on(5)
        self.wait_numbers(broker, ["D"], range(1, 6))
        self.assertEqual([number_of(r) for r in broker.publishes.all()], [1, 2, 2, 3, 4, 5])
        first, again = [r.at for r in broker.publishes.all() if number_of(r) == 2]
        self.assertGreaterEqual(again - first, 4.9)
        self.assert_stops_in_time(gateway)

    def test_fault_24_a_device_that_may_not_publish_is_held_and_loses_nothing(self):
        broker = self.ledger(on_publish=lambda _: 0x87)
        gateway, count_on = self.counting_gateway(broker, ["D"])
        count_on(20)
        gateway.wait_log("session.refused.*held.*3 messages in a row")
        self.assertEqual(self.session(gateway)["state"], "held")
        queue = gateway.ask("status")["queue"]
        self.assertEqual((queue["records"], queue["dead"]), (20, 0))
        self.assert_stops_in_time(gateway)

    def test_fault_26_resets_of_the_same_message_make_it_no_poison(self):
        cuts = iter([30] * 5)
        broker = self.ledger(cut=lambda _, number: next(cuts, None) if number == 1 else None)
        gateway, count_on = self.counting_gateway(broker, ["A"], "3.1.1", in_flight=1)
        count_on(10)
        self.wait_numbers(broker, ["A"], range(1, 11), seconds=60)
        self.assert_counted(broker.publishes.all(), ["A"], range(1, 11), 0)
        self.assertEqual(gateway.ask("status")["queue"]["dead"], 0)
        self.assert_stops_in_time(gateway)

    def test_fault_27_a_broker_that_comes_back_empty_gets_the_window_again(self):
        broker = self.ledger(on_publish=lambda r: SILENCE if r.connection == 1 else 0)
        gateway, count_on = self.counting_gateway(broker, ["D"])
        count_on(50)
        broker.publishes.wait_until(lambda all_: len(all_) >= WINDOW, "a window")
        broker.crash()
        gateway.wait_log("session.down")
        broker.start()
        self.wait_numbers(broker, ["D"], range(1, 51))
        self.assert_counted(broker.publishes.all(), ["D"], range(1, 51), WINDOW)
        self.assert_stops_in_time(gateway)

    def test_fault_28_the_receive_maximum_of_each_connection_is_kept(self):
        maxima = [1, 10, 65535, 3]
        broker = self.ledger(
            on_connect=lambda _: Connack(receive_maximum=maxima[len(broker.connects.all()) - 1]),
            on_publish=lambda _: Later(0.1))
        gateway, count_on = self.counting_gateway(broker, ["D"], in_flight=WINDOW)
        for connection in range(1, 5):
            count_on(30)
            self.wait_numbers(broker, ["D"], range(1, connection * 30 + 1))
            if connection < 4:
                broker.drop()
                broker.connects.wait_until(lambda all_, n=connection: len(all_) > n, "a connect")
        self.assertEqual([broker.most_open[n] for n in range(1, 5)], [1, 10, 16, 3])
        self.assert_counted(broker.publishes.all(), ["D"], range(1, 121), 3 * WINDOW)
        self.assert_stops_in_time(gateway)

    def test_fault_28_a_full_window_is_used_as_fast_as_it_is_acknowledged(self):
        # At 0.8 of window / RTT; Paho left to its own waits up to a second with a full window.
        rtt, window, count = 0.2, 10, 150
        broker = self.ledger(on_connect=lambda _: Connack(receive_maximum=window),
                             on_publish=lambda _: Later(rtt))
        gateway, count_on = self.counting_gateway(broker, ["D"])
        gateway.wait_log("session.up")
        count_on(count)
        self.wait_numbers(broker, ["D"], range(1, count + 1))
        times = [r.at for r in broker.publishes.all()]
        took = times[-1] - times[0]
        self.assertLessEqual(took, count * rtt / window / 0.8, f"{count / took}/s")
        self.assert_stops_in_time(gateway)


if __name__ == "__main__":
    unittest.main()
