// Waiting for what is to become true.

/**
 * @template T
 * @param {string} what for the failure's text
 * @param {() => T | Promise<T>} condition
 * @returns {Promise<NonNullable<T>>} what made it true
 */
export async function wait(what, condition, timeout = 15_000) {
  for (const deadline = Date.now() + timeout; ; ) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`not within ${timeout} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/**
 * Compares once more and again until equal, and tells the difference when time is up.
 *
 * @param {(actual: any, expected: any) => void} compare an assertion
 * @param {() => Promise<any>} read @param {any} expected
 */
export async function eventually(compare, read, expected, timeout = 15_000) {
  let actual = await read();
  const isEqual = () => {
    try {
      compare(actual, expected);
      return true;
    } catch {
      return false;
    }
  };
  for (const deadline = Date.now() + timeout; !isEqual() && Date.now() < deadline; ) {
    await new Promise((resolve) => setTimeout(resolve, 25));
    actual = await read();
  }
  compare(actual, expected);
}
