/** Runs checks by name one after the other, prints a line each, tidies up, and ends the process: 1 when one failed. */
export async function runAll(checks, tidy = async () => {}) {
  let failed = 0;
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check();
      console.log(`ok   ${name}`);
    } catch (error) {
      failed++;
      console.log(`FAIL ${name}: ${error.stack}`);
    }
  }
  await tidy();
  console.log(`${Object.keys(checks).length - failed} ok, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}
