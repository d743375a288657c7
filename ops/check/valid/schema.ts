import type { Manifest } from '../../../lib/manifests';
import type { Pair } from '../../rendering/load';
import { canonicalText } from '../../rendering/canonical';
import { type Finding, finding } from '../rule';

/** What an API server refuses of an object: fields that its schema does not have, and values that it does not allow. */
export type SchemaFaults = (object: Manifest) => readonly string[];

/** What a change brings that the API server would refuse, and with it the rest of the sync. Kinds without a schema have none. */
export function schemaFindings({ old, next }: Pair, faultsOf: SchemaFaults): Finding[] {
  return (next?.objects ?? []).flatMap((object) => {
    const before = old?.sameAs(object);
    if (before !== undefined && canonicalText(before) === canonicalText(object)) return [];
    const known = before === undefined ? [] : faultsOf(before);
    return faultsOf(object)
      .filter((fault) => !known.includes(fault))
      .map((fault) => finding(object, fault, 'render it again: seda synth'));
  });
}
