import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Connection } from 'jsforce';
import { StepError } from '../../src/sdk/index.ts';
import { zip } from '../../src/sdk/zip.ts';
import { askForUser } from './account.ts';
import type { SalesforceClient } from './client.ts';
import { isSchemaDrift } from './error-codes.ts';
import { classify } from './errors.ts';
import { forgetObject } from './schema.ts';
import { writeAll } from './write.ts';

const PERMISSION_SET = 'Baton_Integration';
const WAIT_MS = 15_000;
const ASKED_EVERY_MS = 500;
const folder = path.join(import.meta.dirname, 'package');

type Call = { client: SalesforceClient; signal: AbortSignal };
/** `done` false: it goes on in the org, or a person has to do something first; the message says which. */
type SetUp = { done: boolean; message: string };

/** Deploys package/ through the metadata API and gives the permission set to the connected user. Deploying it again changes nothing. */
export const setup = {
  title: 'Install the key field',
  description:
    'Adds the field “Baton Step Key” to activities, Leads and campaign members, so that no step ever makes a record twice. Needs the right to change metadata.',
  async run({ client, signal }: Call): Promise<SetUp> {
    const metadata = client.connection(signal, { requireJson: false }).metadata;
    metadata.pollTimeout = WAIT_MS;
    metadata.pollInterval = ASKED_EVERY_MS;
    const options = { singlePackage: true, rollbackOnError: true };
    const deployed = await metadata
      .deploy(await packageZip(), options)
      .complete(true)
      .catch(deploymentFailed);
    if (!deployed) return { done: false, message: 'Salesforce is still deploying. Run this again in a few minutes.' };
    if (!deployed.success) throw new StepError('rejected', `Salesforce refused the package: ${complaintsIn(deployed)}`);
    for (const object of ['Task', 'Event', 'Lead', 'CampaignMember']) forgetObject(client, object);
    return assign(client.connection(signal));
  },
};

/** The package as the metadata API takes it: base64 of a zip with package.xml at its root. */
export async function packageZip(): Promise<string> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter(file => file.isFile() && !file.name.endsWith('.md'))
    .map(file => path.join(file.parentPath, file.name))
    .sort();
  const entries = await Promise.all(
    files.map(async file => ({
      name: path.relative(folder, file).split(path.sep).join('/'),
      content: await readFile(file),
    })),
  );
  return zip(entries).toString('base64');
}

function deploymentFailed(error: unknown): undefined {
  if (error instanceof Error && /^Polling time out/.test(error.message)) return undefined;
  throw error;
}

type Deployed = { errorMessage?: string | null; details?: { componentFailures?: unknown } };

function complaintsIn({ errorMessage, details }: Deployed): string {
  const failures = [details?.componentFailures ?? []].flat() as { fullName?: string; problem?: string }[];
  const said = failures.map(({ fullName, problem }) => `${fullName}: ${problem}`).join(' · ');
  return said || errorMessage || 'it did not say why.';
}

async function assign(connection: Connection): Promise<SetUp> {
  const byHand = {
    done: true,
    message: 'The key field is installed. Assign the permission set “Baton Integration” to the connected user by hand.',
  };
  const ready = { done: true, message: 'The key field is installed, and the connected user may write it.' };
  try {
    const { user_id: AssigneeId } = await askForUser(connection);
    const [set] = await connection.sobject('PermissionSet').find({ Name: PERMISSION_SET }, ['Id']).limit(1);
    if (!set?.Id) return byHand;
    const fields = { AssigneeId, PermissionSetId: set.Id };
    const [written] = await writeAll(connection, [{ type: 'PermissionSetAssignment', fields }]);
    // It was assigned before.
    return written && ('id' in written || written.code === 'DUPLICATE_VALUE') ? ready : byHand;
  } catch (thrown) {
    const error = classify(thrown);
    if (error.kind === 'forbidden' || isSchemaDrift(error.details.vendorCode)) return byHand;
    throw error;
  }
}
