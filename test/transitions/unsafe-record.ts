import type { BlueGreenRelease } from '../../environments/environment';
import { image } from '../fixtures';
import { ofKind, type Unsafe } from './transition';
import { recordsPair, rerenders } from './world';

/** The record of production, edited by hand and rendered. */
const byHand = (change: (release: BlueGreenRelease) => BlueGreenRelease) =>
  rerenders(recordsPair(change));

// In "promoted", blue serves and green is warm; in "staged", green serves and blue is staged.
export const RECORD = ofKind<Unsafe>('the record is edited by hand', [
  {
    name: 'what serves may have fewer pods',
    breaks: 7,
    from: 'autoscaled: promoted',
    why: 'the autoscaler takes pods away under load',
    change: byHand((release) => ({
      ...release,
      blue: { ...release.blue, autoscaling: { minReplicas: 3, maxReplicas: 4 } },
    })),
  },
  {
    name: 'what serves may shrink further',
    breaks: 7,
    from: 'autoscaled: promoted',
    why: 'in a quiet minute it shrinks below what the gate asked for',
    change: byHand((release) => ({
      ...release,
      blue: { ...release.blue, autoscaling: { minReplicas: 2, maxReplicas: 9 } },
    })),
  },
  {
    name: 'what serves loses its autoscaler',
    breaks: 7,
    from: 'autoscaled: promoted',
    why: 'nine pods become three at once',
    change: byHand(({ blue: { autoscaling: _, ...blue }, ...release }) => ({ ...release, blue })),
  },
  {
    name: 'what serves has fewer pods',
    breaks: 7,
    from: 'promoted',
    why: 'a third of the capacity goes',
    change: byHand((release) => ({ ...release, blue: { ...release.blue, replicas: 2 } })),
  },
  {
    name: 'what serves has another setting',
    breaks: 7,
    from: 'promoted',
    why: 'every serving pod is replaced at once, past gate and promotion',
    change: byHand((release) => ({
      ...release,
      blue: { ...release.blue, config: { ...release.blue.config, LOG_FORMAT: 'pretty' } },
    })),
  },
  {
    name: 'what serves has less memory',
    breaks: 7,
    from: 'promoted',
    why: 'every serving pod is replaced by one with less',
    change: byHand((release) => ({
      ...release,
      blue: {
        ...release.blue,
        resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '128Mi' } },
      },
    })),
  },
  {
    name: 'what serves reads another version of the secrets',
    breaks: 7,
    from: 'promoted',
    why: 'every serving pod is replaced by one with values that nobody looked at',
    change: byHand((release) => ({ ...release, blue: { ...release.blue, secretVersion: 2 } })),
  },
  {
    name: 'what serves runs on other nodes',
    breaks: 7,
    from: 'promoted',
    why: 'every serving pod is replaced, by one that may find no node',
    change: byHand((release) => ({
      ...release,
      blue: { ...release.blue, pod: { nodeSelector: { pool: 'apis' } } },
    })),
  },
  {
    name: 'what serves is called another version',
    breaks: 7,
    from: 'promoted',
    why: 'a label of its pods: every serving pod is replaced',
    change: byHand((release) => ({ ...release, blue: { ...release.blue, version: '1.5.0-hot' } })),
  },
  {
    name: 'what serves is another release',
    breaks: 7,
    from: 'promoted',
    why: 'the older colour counts as the newer one, and the next promotion goes back',
    change: byHand((release) => ({ ...release, blue: { ...release.blue, release: 1 } })),
  },
  {
    name: 'both colours are exchanged',
    breaks: 7,
    from: 'promoted',
    why: 'the pods of both colours are replaced where they are, with the traffic on them',
    change: byHand((release) => ({ ...release, blue: release.green, green: release.blue })),
  },
  {
    name: 'traffic moves by hand and what it moves to changes',
    breaks: 8,
    from: 'promoted',
    why: 'the colour that gets the traffic is not what was looked at',
    change: byHand((release) => ({
      ...release,
      active: 'green',
      green: { ...release.green, config: { ...release.green.config, LOG_FORMAT: 'pretty' } },
    })),
  },
  {
    name: 'the expansion is forgotten, and a contraction comes',
    breaks: 13,
    from: 'staged, next arrived',
    why: 'release 1.4.2 serves and reads what the contraction takes away',
    change: byHand(({ expandedIn: _, ...release }) => ({
      ...release,
      blue: { ...release.blue, release: 4, image: image('1.6.0'), migration: 'contract' },
    })),
  },
]);
