// Running a program: a list of operations, carried out in order

const sequenceOf = async (program, since, results = []) => {
  for (const op of program) results.push(await operations[op.do](op, since));
  return results;
};

window.__stashbot = Object.freeze({
  // Returns {results, since} and, where an operation failed, {failure}. Python may go on with the
  // rest of a program that failed: `since` then tells the answers that count from older ones.
  // `screens` are the app's error screens, which end every wait.
  async run(program, since = sequence, screens = []) {
    const results = [];
    errorScreens = screens;
    try {
      await sequenceOf(program, since, results);
      return { results, since };
    } catch (error) {
      const fields = error instanceof Failure ? error.fields : { kind: "script", detail: String((error && error.stack) || error) };
      return { failure: { ...fields, path: location.pathname }, results, since };
    }
  },
});
