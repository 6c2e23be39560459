// The uplink script of an akenza device type for devices behind Fieldway. Every payload carries the time
// at which its values were read; this hands it on, so that a sample has that time and not the one at
// which it arrived (an outage later, perhaps), and one that arrives twice is one sample.
function consume(event) {
  const { timestamp, ...data } = event.data;
  const sample = { data, topic: event.topic };
  // null: read before the gateway's clock was right. akenza takes the time of arrival then.
  if (timestamp) {
    sample.timestamp = new Date(timestamp);
  }
  emit("sample", sample);
}
