import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Colour } from './labels';

const OWNER = 'seda.fm/owner';

/**
 * Who an object belongs to: one colour of a pair; its readers, where it is made for each colour whose pods read it. What
 * belongs to a colour is its bundle.
 */
export type Owner = Colour | 'readers';

/** Everything below a construct belongs to an owner. */
export function setOwner(construct: Construct, owner: Owner): void {
  construct.node.addMetadata(OWNER, owner);
}

/** Who an object belongs to; nobody where it is shared. */
export function ownerOf(object: ApiObject): Owner | undefined {
  for (const { node } of [...object.node.scopes].reverse()) {
    const found = node.metadata.find(({ type }) => type === OWNER);
    if (found) return found.data as Owner;
  }
  return undefined;
}
