import { isPlaceholder } from '../../../lib/placeholder';
import { parseImage } from '../../../lib/image';
import {
  IMAGE_FROM_ANNOTATION,
  isReason,
  SKIPPED_ORDER_ANNOTATION,
} from '../../../lib/release-annotations';
import { coloursOf, isReal } from '../bundle';
import { type Finding, finding, type Rule, type Step } from '../rule';
import { containersOf } from '../../../lib/kubernetes/pods';
import { type Workload, workloadsOf } from '../../rendering/workloads';

/** What gets pods is the API, and came the way that images come. */
export const imageNotProven: Rule = {
  name: 'image-not-proven',
  protects:
    'An image that gets pods comes from the repository that the pods before it had, and by its digest ran in the environment that images come from, or the record says why not.',
  refuse: (step) =>
    workloadsOf(step.next)
      // What a colour without pods holds may be started by the next change.
      .filter(
        ({ pods, object, colour }) => (pods > 0 || colour !== undefined) && object.kind !== 'Job',
      )
      .flatMap((workload) => imageFindings(step, workload)),
};

function sharesImage(one: Workload, other: Workload): boolean {
  const repositories = ({ pod }: Workload) =>
    (pod.containers ?? []).map(({ image = '' }) => parseImage(image).repository);
  return repositories(one).some((repository) => repositories(other).includes(repository));
}

function imageFindings(step: Step, workload: Workload): Finding[] {
  const { base, ran } = step;
  const { object, namespace, called, labels, colour } = workload;
  const former = workloadsOf(base).filter((one) => one.namespace === namespace);
  const same = former.find((one) => one.called === called);
  // A workload that is new has no image to follow, unless it runs the API.
  const peers = [
    ...(same ? [same] : []),
    ...(colour === undefined ? [] : coloursOf(base).filter((one) => one.labels.app === labels.app)),
  ];
  const isNew = peers.length === 0;
  if (isNew) peers.push(...former.filter((one) => sharesImage(one, workload)));
  if (peers.length === 0) return [];
  const known = new Set(
    peers
      .flatMap((one) =>
        (one.pod.containers ?? []).map(({ image = '' }) => ({
          image,
          runs: one === same && one.pods > 0,
        })),
      )
      .filter(({ image, runs }) => runs || !isPlaceholder(image))
      .map(({ image }) => image),
  );
  const foreign = containersOf(workload.pod).flatMap(({ name, image = '' }): Finding[] => {
    const was = peers.flatMap(({ pod }) =>
      containersOf(pod).filter((container) => container.name === name),
    );
    const repositories = was.map((container) => parseImage(container.image ?? '').repository);
    return isNew || repositories.includes(parseImage(image).repository)
      ? []
      : [
          finding(
            object,
            `its container ${name} runs ${image}, from a repository that these pods never had`,
            'use the repository of the image, or allow it after somebody has looked at it',
          ),
        ];
  });
  const from = peers
    .map((one) => one.object.metadata.annotations?.[IMAGE_FROM_ANNOTATION])
    .find((environment) => environment !== undefined);
  const main = workload.pod.containers?.[0]?.image ?? '';
  const excused = isReason(object.metadata.annotations?.[SKIPPED_ORDER_ANNOTATION] ?? '');
  // In no registry, so that nothing ever runs it.
  const isFirstDay = isPlaceholder(main) && (workload.pods === 0 || !peers.some(isReal));
  if (from === undefined || known.has(main) || excused || isFirstDay || foreign.length > 0)
    return foreign;
  return !isPlaceholder(main) && ran(from, main)
    ? []
    : [
        finding(
          object,
          `it runs ${main}, which ${from} never ran`,
          `stage it in ${from} first and take it over with --from ${from}, or say why not with --skip-order`,
        ),
      ];
}
