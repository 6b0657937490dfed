// Running a program: a list of operations, one after another

const sequenceOf = async (ops, since, results = []) => {
  for (const [index, op] of ops.entries()) {
    const started = performance.now();
    try {
      results.push(await operations[op.do](op, since));
    } catch (error) {
      if (error instanceof Failure && error.fields.at === undefined) {
        error.fields.at = index;
        error.fields.op = op.do;
        error.fields.waited = Math.round(performance.now() - started);
      }
      throw error;
    }
  }
  return results;
};

window.__stashbot = Object.freeze({
  // A program that failed may be gone on with: what it had done is in `results`, and `since` tells
  // the answers that count from older ones.
  async run(ops, since = sequence) {
    const started = performance.now();
    const results = [];
    try {
      await sequenceOf(ops, since, results);
      return { results, since, elapsed: Math.round(performance.now() - started) };
    } catch (error) {
      const fields = error instanceof Failure ? error.fields : { kind: "script", detail: String((error && error.stack) || error) };
      return { failure: { ...fields, path: location.pathname }, results, since };
    }
  },
  matches: (target) => reasonsOf(target, "attached"),
});
