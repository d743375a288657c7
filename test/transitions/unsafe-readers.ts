import { ofKind, type Unsafe } from './transition';
import { editsContainer, rewrites, rewritesObject, sets, setsPod } from './tree';

const BLUE = 'production/Deployment/seda-api-blue';
const SWITCH = 'production/Service/seda-api';
const INGRESS = 'production/Ingress/seda-api-ingress';
const BUDGET = 'production/PodDisruptionBudget/seda-api-blue';

const REFUSED =
  'the API server refuses the object, and with it the sync: no rollback arrives either';

const reader = (
  name: string,
  breaks: number,
  why: string,
  change: Unsafe['change'],
): Omit<Unsafe, 'kind'> => ({ name, breaks, from: 'promoted', why, change });

export const READERS = ofKind<Unsafe>('the same to a careless reader', [
  reader(
    'megabytes for mebibytes',
    7,
    'the serving pods are replaced by ones with less memory',
    setsPod(BLUE, 'containers 0 resources limits memory', '512M'),
  ),
  reader(
    'thousandths of a byte',
    7,
    'no container starts with half a byte of memory',
    setsPod(BLUE, 'containers 0 resources limits memory', '512m'),
  ),
  reader(
    'cores for thousandths of cores',
    7,
    'no node has 250 cores: the new pods stay Pending',
    setsPod(BLUE, 'containers 0 resources requests cpu', 250),
  ),
  reader('a variable without quotes', 6, REFUSED, setsPod(BLUE, 'containers 0 env 0 value', 3001)),
  reader(
    'a setting without quotes',
    6,
    REFUSED,
    rewrites('production/10-config.k8s.yaml', (text) =>
      text.replaceAll('METRICS_ENABLED: "true"', 'METRICS_ENABLED: true'),
    ),
  ),
  reader(
    'an annotation without quotes',
    6,
    REFUSED,
    sets(INGRESS, 'metadata annotations nginx.ingress.kubernetes.io/limit-rps', 100),
  ),
  reader('a label without quotes', 6, REFUSED, sets(SWITCH, 'metadata labels active', true)),
  reader('the number of pods as a text', 6, REFUSED, sets(BLUE, 'spec replicas', '3')),
  reader('the port as a text', 6, REFUSED, sets(SWITCH, 'spec ports 0 port', '80')),
  reader(
    'a target port as a text of digits',
    6,
    'a text is a name, and a name has a letter: the API server refuses it',
    sets(SWITCH, 'spec ports 0 targetPort', '3001'),
  ),
  reader(
    'the budget as a text',
    6,
    'a text is a percentage: the API server refuses it',
    sets(BUDGET, 'spec maxUnavailable', '1'),
  ),
  reader(
    'a fraction of a second',
    6,
    REFUSED,
    setsPod(BLUE, 'terminationGracePeriodSeconds', 60.5),
  ),
  reader(
    'a number that begins with 0',
    7,
    'kubectl reads 060 as 48: pods have less time to end, and are replaced for it',
    rewritesObject(BLUE, (text) =>
      text.replace('terminationGracePeriodSeconds: 60', 'terminationGracePeriodSeconds: 060'),
    ),
  ),
  reader(
    'a variable twice',
    7,
    'the last one wins: the pods listen where nobody calls',
    editsContainer(BLUE, ({ env }) => env.push({ name: 'PORT', value: '3002' })),
  ),
  reader(
    'the variables in another order',
    7,
    'the order belongs to the template: every serving pod is replaced',
    editsContainer(BLUE, ({ env }) => env.reverse()),
  ),
  reader('a kind in small letters', 6, REFUSED, sets(SWITCH, 'kind', 'service')),
  reader('a protocol in small letters', 6, REFUSED, sets(SWITCH, 'spec ports 0 protocol', 'tcp')),
  reader('a label with a blank', 6, REFUSED, sets(SWITCH, 'spec selector version', 'blue ')),
  reader(
    'a letter of another alphabet',
    6,
    'it looks like the host and is none: the API server refuses it',
    sets(INGRESS, 'spec rules 0 host', 'api.s\u0435da.fm'),
  ),
  reader(
    'a wave with a blank',
    5,
    'what is no number is wave 0: the switch comes with the pods',
    sets(SWITCH, 'metadata annotations argocd.argoproj.io/sync-wave', '20 '),
  ),
  reader(
    'a wave with a fraction',
    5,
    'what is no number is wave 0: the switch comes with the pods',
    sets(SWITCH, 'metadata annotations argocd.argoproj.io/sync-wave', '20.5'),
  ),
  reader(
    'a field with a capital letter',
    7,
    'the field of the right name is missing, and falls back to one pod',
    rewritesObject(BLUE, (text) => text.replace('\n  replicas: 3', '\n  Replicas: 3')),
  ),
  reader(
    'a group of an API that does not exist',
    10,
    'apps/v1beta1 is served no more: the sync fails',
    sets(BLUE, 'apiVersion', 'apps/v1beta1'),
  ),
  reader(
    'the switch without a namespace',
    10,
    'kubectl writes it into the namespace of whoever applies it',
    sets(SWITCH, 'metadata namespace', undefined),
  ),
]);
