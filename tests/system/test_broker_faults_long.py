"""Faults of brokers that take long: deadlines, and the waits between tries."""
import unittest

from fieldway_test import CLOSE, SILENCE, Connack, CountingTest, Disconnect, Later, number_of

WINDOW = 16


class LongBrokerFaults(CountingTest):
    def test_fault_20_a_broker_that_never_acknowledges_gets_a_window_and_no_more(self):
        answering = []
        broker = self.ledger(on_publish=lambda _: 0 if answering else SILENCE)
        gateway, count_on = self.counting_gateway(broker, ["D"])
        count_on(100)
        gateway.wait_log("session.down.*no acknowledgement for 20s with 16 messages", seconds=60)
        self.assertEqual(len(broker.publishes.all()), WINDOW)  # and nothing was sent again
        answering.append(True)
        self.wait_numbers(broker, ["D"], range(1, 101))
        self.assert_counted(broker.publishes.all(), ["D"], range(1, 101), 2 * WINDOW)
        self.assert_stops_in_time(gateway)

    def test_fault_22_a_broker_that_closes_on_every_message_buries_none(self):
        closing = [True]
        broker = self.ledger(on_publish=lambda _: CLOSE if closing else 0)
        gateway, count_on = self.counting_gateway(broker, ["D"], "3.1.1", in_flight=1)
        count_on(20)
        broker.publishes.wait_until(lambda all_: len(all_) >= 5, "tries", seconds=60)
        closing.clear()
        self.wait_numbers(broker, ["D"], range(1, 21))
        # What was held back as a suspect may have been overtaken; it is dead only if others passed.
        status = gateway.ask("status")["queue"]
        self.assertLessEqual(status["dead"], 1)
        self.assert_stops_in_time(gateway)

    def test_fault_23_a_limit_that_is_not_told_costs_a_few_tries(self):
        broker = self.ledger(on_publish=lambda r: Disconnect(0x95) if r.size > 1000 else 0)
        gateway, count_on = self.counting_gateway(broker, ["D"])
        count_on(3)
        count_on(1, "y" * 2000)
        count_on(3)
        good = [1, 2, 3, 5, 6, 7]
        self.wait_numbers(broker, ["D"], good)
        gateway.wait_log("message.buried")
        receipts = broker.publishes.all()
        self.assert_counted([r for r in receipts if r.size <= 1000], ["D"], good, 5 * WINDOW)
        self.assertLessEqual(len([r for r in receipts if r.size > 1000]), 5)
        self.assert_stops_in_time(gateway)

    def test_fault_26_a_reset_at_any_byte_of_a_publish_loses_and_overtakes_nothing(self):
        # The second PUBLISH of each connection, so that each brings one further.
        places = [1, 2, 13, 40, 60]
        cuts = iter(places)
        broker = self.ledger(cut=lambda _, number: next(cuts, None) if number == 2 else None)
        gateway, count_on = self.counting_gateway(broker, ["A"])
        count_on(100)
        self.wait_numbers(broker, ["A"], range(1, 101), seconds=120)
        self.assertEqual([at for _, at in broker.cuts.all()], places)
        self.assert_counted(broker.publishes.all(), ["A"], range(1, 101), len(places) * WINDOW)
        self.assertEqual(gateway.ask("status")["queue"]["dead"], 0)
        self.assert_stops_in_time(gateway)

    def test_fault_22_a_message_that_the_broker_closes_on_is_parked_and_the_rest_flows(self):
        broker = self.ledger(on_publish=lambda r: CLOSE if number_of(r) == 4 else 0)
        gateway, count_on = self.counting_gateway(broker, ["D"], "5")
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

    def test_fault_28_with_a_receive_maximum_of_one_each_round_trip_brings_one(self):
        rtt, count = 0.1, 50
        broker = self.ledger(on_connect=lambda _: Connack(receive_maximum=1),
                             on_publish=lambda _: Later(rtt))
        gateway, count_on = self.counting_gateway(broker, ["D"])
        gateway.wait_log("session.up")
        count_on(count)
        self.wait_numbers(broker, ["D"], range(1, count + 1))
        times = [r.at for r in broker.publishes.all()]
        self.assertLessEqual(times[-1] - times[0], count * rtt / 0.8)
        self.assert_stops_in_time(gateway)


if __name__ == "__main__":
    unittest.main()
