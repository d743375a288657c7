import type { Manifest } from '../../lib/manifests';
import { canonicalText } from '../rendering/canonical';
import { publicHosts } from '../rendering/routes';
import type { Rendering } from '../rendering/rendering';
import { seconds } from './duration';
import { type Finding, finding } from './rule';

const KINDS = ['ServiceMonitor', 'PodMonitor', 'Probe'];

/** Times as many series in one step: what a label with too many values makes. */
const MOST_SAMPLES = 4;

/** What Prometheus asks, how often at most, and what must be the same of it. */
interface Asked {
  readonly what: string;
  readonly interval: string | undefined;
}

/** What Prometheus would no longer ask for metrics: Services or pods by their labels, and hosts by their addresses. */
export function monitorsLost(base: Rendering, next: Rendering): Finding[] {
  const hosts = publicHosts(next);
  return base.objects
    .filter(({ kind }) => KINDS.includes(kind))
    .flatMap((object): Finding[] => {
      const kept = next.sameAs(object);
      if (kept === undefined)
        return [finding(object, 'Prometheus would ask no more for these metrics', 'keep it')];
      const now = askedBy(kept);
      const lost = askedBy(object)
        .filter(({ what }) => !isOfLostHost(what, hosts))
        .some(
          ({ what, interval }) =>
            !now.some(
              (one) => one.what === what && seconds(one.interval) <= seconds(interval ?? '1d'),
            ),
        );
      const [was, is] = [object, kept].map(({ spec }) => spec?.sampleLimit as number | undefined);
      const limited =
        was === undefined || is === undefined ? was !== is : is < was || is > MOST_SAMPLES * was;
      // A second endpoint that asks the same pods counts each of their requests twice; a host more is asked besides.
      const twice = kept.kind !== 'Probe' && now.length > askedBy(object).length;
      return lost || twice || limited || wayOf(object) !== wayOf(kept)
        ? [finding(kept, 'Prometheus would ask for other metrics than before', 'keep it as it is')]
        : [];
    });
}

function askedBy({ kind, spec }: Manifest): Asked[] {
  if (kind === 'Probe')
    return ((spec?.targets?.staticConfig?.static ?? []) as string[]).map((what) => ({
      what,
      interval: spec?.interval,
    }));
  return ((spec?.endpoints ?? spec?.podMetricsEndpoints ?? []) as { interval?: string }[]).map(
    ({ interval, ...endpoint }) => ({ what: canonicalText(endpoint), interval }),
  );
}

/** All that is the same for whatever is asked. */
function wayOf({ kind, spec }: Manifest): string {
  const { endpoints: _, podMetricsEndpoints: __, sampleLimit: ___, ...rest } = spec ?? {};
  if (kind !== 'Probe') return canonicalText(rest);
  const { interval: ____, targets: { staticConfig: fixed, ...other } = {}, ...way } = rest;
  const { static: _____, ...more } = fixed ?? {};
  return canonicalText([way, other, more]);
}

/** A host that leads nowhere any more need not be asked for; that it is lost is said by the rule about ways in. */
function isOfLostHost(what: string, hosts: readonly string[]): boolean {
  return URL.canParse(what) && !hosts.includes(new URL(what).hostname);
}
