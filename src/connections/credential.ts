import { type Connector, type ConnectorSettings, type Grant, Secret } from '../sdk/index.ts';
import type { Vault } from './vault.ts';

/** A connector as it runs here, with its settings as read from the environment. */
export type InstalledConnector = { connector: Connector; settings: ConnectorSettings };
/** The connectors of this installation by id; undefined for an unknown one. */
export type FindConnector = (id: string) => InstalledConnector | undefined;

/** What is kept sealed for a connection: the grant and, where an admin typed values in, those (they make the next grant). */
export type Credential = { grant: Grant; values?: Record<string, string> };

type Kept = { grant: Omit<Grant, 'accessToken' | 'refreshToken'> & { accessToken: string; refreshToken?: string } } & {
  values?: Record<string, string>;
};

/** The one place of the engine where tokens are plain text: on their way into the vault. */
export function sealCredential(vault: Vault, { grant, values }: Credential, connectionId: string): string {
  const { accessToken, refreshToken, ...open } = grant;
  const kept: Kept = {
    grant: {
      ...open,
      accessToken: accessToken.reveal(),
      ...(refreshToken ? { refreshToken: refreshToken.reveal() } : {}),
    },
    ...(values ? { values } : {}),
  };
  return vault.seal(JSON.stringify(kept), connectionId);
}

/** @throws what `Vault.open` throws */
export function openCredential(vault: Vault, sealed: string, connectionId: string): Credential {
  const { grant, values } = JSON.parse(vault.open(sealed, connectionId)) as Kept;
  const { accessToken, refreshToken, ...open } = grant;
  return {
    grant: {
      ...open,
      accessToken: new Secret(accessToken),
      ...(refreshToken === undefined ? {} : { refreshToken: new Secret(refreshToken) }),
    },
    ...(values ? { values } : {}),
  };
}
