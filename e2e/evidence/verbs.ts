import { type Ground, RELEASES } from './ground';
import { type Measured, Tally } from './result';

/** Of one cycle. */
const SWITCHES = 3;
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
    const run = await underLoad((load) => production.cycle(tag, load));
    voids = tally.add(run, SWITCHES) ? 0 : voids + 1;
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
