// Server-sent events, as they come over a response.

/** The data of each event. Ends with the stream. */
export async function* eventsOf(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const events = (rest + value).split(/\r?\n\r?\n/);
      rest = events.pop();
      yield* events.map(dataOf).filter(data => data !== '');
    }
  } finally {
    // Whoever leaves early wants no more of it; one that broke cannot be cancelled again.
    reader.cancel().catch(() => {});
  }
}

function dataOf(event) {
  return event.split(/\r?\n/).filter(line => line.startsWith('data:')).map(line => line.slice(5).trimStart()).join('\n');
}
