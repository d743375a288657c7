import { setTimeout as sleep } from 'node:timers/promises';
import { other } from '../node/production';
import { type Ground, RELEASES } from './ground';
import { type Measured, Tally } from './result';

/** Times that are void in a row before nothing is concluded. */
const PATIENCE = 8;

/** Cycles of stage, promote, rollback, promote, retire with `seda deploy` after each, until enough was counted. */
export async function verbs(
  { production, underLoad }: Ground,
  enough: { readonly switches: number; readonly requests: number },
  say: (text: string) => void,
): Promise<Measured> {
  const tally = new Tally();
  let releases = 0;
  let voids = 0;
  while (tally.switches < enough.switches || tally.requests < enough.requests) {
    const tag = RELEASES[++releases % RELEASES.length]!;
    let switches = 0;
    const run = await underLoad(async (load) => {
      const first = await production.active();
      load.event('stage');
      await production.stage(tag);
      await production.deploy();
      for (const verb of ['promote', 'rollback', 'promote --again']) {
        const [name = '', ...options] = verb.split(' ');
        const from = await production.active();
        await production.project.release(name, 'production', ...options);
        load.event(verb);
        await production.deploy();
        if ((await production.active()) !== other(from)) throw new Error(`${verb}: nothing moved`);
        switches += 1;
        await sleep(1000);
      }
      await production.project.release('retire', 'production');
      load.event('retire');
      await production.deploy();
      await production.gone(first);
    });
    voids = tally.add(run, switches) ? 0 : voids + 1;
    say(
      [`${tally.switches} switches, ${tally.requests} requests`, run.void, ...run.story].join(
        '\n  ',
      ),
    );
    if (voids === PATIENCE) break;
  }
  return tally.result(
    'releases',
    'stage, promote, rollback, promote and retire, each by its verb and `seda deploy`',
    'none fail',
  );
}
