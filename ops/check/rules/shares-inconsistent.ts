import { COLOURS } from '../../../lib/labels';
import { canonicalText } from '../../rendering/canonical';
import { appOf } from '../../rendering/rendering';
import { isPreview } from '../../../lib/preview-header';
import { routesOf, serviceOf } from '../../rendering/routes';
import { type SharedRule, sharedRules } from '../../rendering/shares';
import { selectedBy } from '../../rendering/workloads';
import { type Finding, finding, type Rule, type Step, unique } from '../rule';

const REMEDY = 'let seda release shift, promote and rollback write the weights';

/** A reader of a route sees where the requests go, and no implementation is asked for what it does its own way. */
export const sharesInconsistent: Rule = {
  name: 'shares-inconsistent',
  protects:
    'Where requests are shared between two colours, every rule has both, blue first, with weights in percent that sum to 100 and are the same in every rule, and the Service for clients inside the cluster follows the larger one.',
  refuse: (step) => {
    const all = sharedRules(step.next);
    return unique([
      ...all
        .filter((rule) => isAffected(step, rule))
        .flatMap((rule) => [...ofRule(rule), ...ofRules(rule, all), ...ofSwitch(step, rule)]),
      ...pastShares(step, all),
    ]);
  },
};

/** Ways of users, of a pair whose requests are shared, that lead to its pods past the weights. */
function pastShares({ next, differences }: Step, all: readonly SharedRule[]): Finding[] {
  const switches = next.switches();
  return routesOf(next).flatMap((route) => {
    const { object, host, path, service: name } = route;
    const service = serviceOf(next, route);
    const isChanged = differences.some((one) => one.object === object);
    if (service === undefined || isPreview(route) || !isChanged) return [];
    const isShared = all.some(
      (rule) => rule.route === object && rule.backends.some((one) => one.name === name),
    );
    const apps = selectedBy(next, service).map(({ labels }) => labels.app);
    return isShared || switches.includes(service) || !all.some(({ app }) => apps.includes(app))
      ? []
      : [
          finding(
            object,
            `${host}${path} would lead to ${name}, past the weights that share the requests`,
            'lead it to both colours with the same weights',
          ),
        ];
  });
}

/** Whether the step changes the route, or the Service that follows it. */
function isAffected({ differences }: Step, { route, app }: SharedRule): boolean {
  return differences.some(
    ({ object }) => object === route || (object.kind === 'Service' && appOf(object) === app),
  );
}

function ofRule({ route, index, app, backends }: SharedRule): Finding[] {
  const say = (reason: string): Finding => finding(route, `rule ${index}: ${reason}`, REMEDY);
  const names = backends.map(({ name }) => name);
  const expected = COLOURS.map((colour) => `${app}-${colour}`);
  const rest = backends.map(({ name: _, weight: __, ...backend }) => canonicalText(backend));
  const weights = backends.map(({ weight = 1 }) => weight);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return [
    ...(canonicalText(names) === canonicalText(expected)
      ? []
      : [say(`its backends are ${names.join(' and ')}, and must be ${expected.join(' and ')}`)]),
    ...(new Set(rest).size > 1
      ? [say('its backends differ in more than name and weight, so that a share is another way in')]
      : []),
    ...(weights.every(Number.isInteger) && sum === 100
      ? []
      : [say(`its weights are ${weights.join(' and ')}, and must be percent that sum to 100`)]),
  ];
}

/** A client that uses two paths must not find two mixtures. */
function ofRules(rule: SharedRule, all: readonly SharedRule[]): Finding[] {
  const weightsIn = ({ backends }: SharedRule) =>
    backends.map(({ weight = 1 }) => weight).join('/');
  const other = all.find((one) => one.app === rule.app && weightsIn(one) !== weightsIn(rule));
  return other === undefined
    ? []
    : [
        finding(
          rule.route,
          `rule ${rule.index} shares ${weightsIn(rule)}, and rule ${other.index} of ${other.route.metadata.name} ${weightsIn(other)}`,
          'give all rules the same weights',
        ),
      ];
}

function ofSwitch({ next }: Step, { route, app, backends }: SharedRule): Finding[] {
  return next
    .switches()
    .filter((service) => appOf(service) === app)
    .flatMap((service) => {
      const colour = service.spec?.selector?.version as string;
      const { weight = 0 } = backends.find(({ name }) => name === `${app}-${colour}`) ?? {};
      return weight >= 50
        ? []
        : [
            finding(
              service,
              `it selects ${colour}, which gets ${weight} % of the requests of ${route.metadata.name}`,
              'let it select the colour with the larger weight',
            ),
          ];
    });
}
