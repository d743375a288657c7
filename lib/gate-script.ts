/**
 * What the gate runs, with nothing but Node: it resolves the headless Service to one address a ready
 * pod, waits until there are enough, and asks each for its health. What its body must say is up may
 * have the form `checks.database: true` or that of Terminus. It tries until every pod is good or its
 * time is up, and then says which pod answered what. Where the other colour is named and has no ready pod,
 * nobody serves, and one good pod is enough.
 */
export const GATE_SCRIPT = `
const { resolve4 } = require('node:dns/promises');
const { GATE_HOST: host, GATE_OTHER: other, GATE_PORT: port, GATE_PATH: path, GATE_CHECKS: checks, GATE_FLOOR: floor, GATE_SECONDS: seconds } = process.env;

async function ask(address) {
  try {
    const response = await fetch('http://' + address + ':' + port + path, { signal: AbortSignal.timeout(3000) });
    const health = (await response.json().catch(() => undefined)) ?? {};
    const isUp = (name) => health.checks?.[name] === true || [health.details, health.info].some((all) => all?.[name]?.status === 'up');
    const names = checks ? checks.split(',') : [];
    const states = names.map((name) => ', ' + name + (isUp(name) ? ' up' : ' not up'));
    return { good: response.status === 200 && names.every(isUp), says: address + ' answers ' + response.status + states.join('') };
  } catch (error) {
    return { good: false, says: address + ' does not answer: ' + (error.cause?.code ?? error.name) };
  }
}

async function unserved() {
  if (other === undefined) return false;
  return resolve4(other).then((pods) => pods.length === 0, ({ code }) => code === 'ENOTFOUND' || code === 'ENODATA');
}

async function look() {
  const addresses = await resolve4(host).catch(() => []);
  const answers = await Promise.all(addresses.sort().map(ask));
  const good = answers.filter((answer) => answer.good).length;
  const least = good > 0 && good < Number(floor) && (await unserved()) ? 1 : Number(floor);
  return { open: good === answers.length && good >= least, lines: [good + ' of ' + least + ' pods are good', ...answers.map((answer) => answer.says)] };
}

(async () => {
  const end = Date.now() + Number(seconds) * 1000;
  for (;;) {
    const { open, lines } = await look();
    if (open || Date.now() > end) {
      console.log(lines.join('\\n'));
      process.exit(open ? 0 : 1);
    }
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
})();
`.trim();
