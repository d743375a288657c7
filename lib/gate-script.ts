/**
 * What the gate runs, with nothing but Node. It looks the headless Service up through the system's resolver, in each of the
 * search domains of /etc/resolv.conf, so that it works whatever the domain of the cluster is. The names that it asks for
 * are absolute: for a short one, glibc answers "not found" as well when the name server was silent about the right name and
 * denied the others. (`dns.resolve4` is no way: it knows no search domains.)
 *
 * Each address is a ready pod; with two IP families each pod has one of either, so pods are counted by family. The gate waits
 * until there are enough and asks each for its health. What its body must say is up may have the form `checks.database: true`
 * or that of Terminus. It tries until every pod is good or its time is up, and then says which pod answered what. Where the
 * other colour is named and certainly has no ready pod, nobody serves, and one good pod is enough. It is certain only when
 * the name server denies both families in the domain in which this colour was found; one that fails or is silent denies nothing.
 */
export const GATE_SCRIPT = `
const { lookup } = require('node:dns/promises');
const { readFileSync } = require('node:fs');
const { setTimeout: sleep } = require('node:timers/promises');
const { GATE_HOST: host, GATE_OTHER: other, GATE_PORT: port, GATE_PATH: path, GATE_CHECKS: checks, GATE_FLOOR: floor, GATE_SECONDS: seconds } = process.env;

function searchDomains() {
  const lines = readFileSync('/etc/resolv.conf', 'utf8').match(/^(search|domain)[ \\t].*/gm) ?? [];
  return [...(lines.at(-1)?.trim().split(/[ \\t]+/).slice(1) ?? []), ''];
}

async function findIn(domain, name) {
  const absolute = name + '.' + (domain === '' ? '' : domain.replace(/[.]$/, '') + '.');
  const results = await Promise.all([4, 6].map((family) => lookup(absolute, { all: true, family }).catch(({ code }) => code)));
  return { domain, addresses: results.filter(Array.isArray).flat(), unknown: results.find((result) => !Array.isArray(result) && result !== 'ENOTFOUND') };
}

async function find(name, domains) {
  const silent = sleep(10000, { addresses: [], unknown: 'ETIMEOUT' }, { ref: false });
  let unknown;
  for (const domain of domains) {
    const found = await Promise.race([findIn(domain, name), silent]);
    if (found.addresses.length > 0) return found;
    unknown ??= found.unknown;
  }
  return { addresses: [], unknown };
}

async function ask({ address, family }) {
  const host = family === 6 ? '[' + address + ']' : address;
  try {
    const response = await fetch('http://' + host + ':' + port + path, { signal: AbortSignal.timeout(3000) });
    const health = (await response.json().catch(() => undefined)) ?? {};
    const isUp = (name) => health.checks?.[name] === true || [health.details, health.info].some((all) => all?.[name]?.status === 'up');
    const names = checks ? checks.split(',') : [];
    const states = names.map((name) => ', ' + name + (isUp(name) ? ' up' : ' not up'));
    return { family, good: response.status === 200 && names.every(isUp), says: address + ' answers ' + response.status + states.join('') };
  } catch (error) {
    return { family, good: false, says: address + ' does not answer: ' + (error.cause?.code ?? error.name) };
  }
}

async function look() {
  const pods = await find(host, searchDomains());
  const answers = await Promise.all(pods.addresses.sort((a, b) => (a.address < b.address ? -1 : 1)).map(ask));
  const families = [...new Set(answers.map(({ family }) => family))];
  const good = families.length === 0 ? 0 : Math.min(...families.map((family) => answers.filter((answer) => answer.good && answer.family === family).length));
  const others = other !== undefined && good > 0 && good < Number(floor) ? await find(other, [pods.domain]) : undefined;
  const least = others !== undefined && others.unknown === undefined && others.addresses.length === 0 ? 1 : Number(floor);
  const doubts = [[host, pods.unknown], [other, others?.unknown]].filter(([, code]) => code !== undefined);
  const lines = [good + ' of ' + least + ' pods are good', ...answers.map(({ says }) => says), ...doubts.map(([name, code]) => name + ' cannot be looked up: ' + code)];
  return { open: answers.every((answer) => answer.good) && good >= least, lines };
}

(async () => {
  const end = Date.now() + Number(seconds) * 1000;
  for (;;) {
    const { open, lines } = await look();
    if (open || Date.now() > end) {
      console.log(lines.join('\\n'));
      process.exit(open ? 0 : 1);
    }
    await sleep(2000);
  }
})();
`.trim();
