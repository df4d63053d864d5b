import express, { type Request, type Response } from 'express';
import { rawText } from '../../../src/sdk/testing/oauth-server.ts';
import { makeId } from './ids.ts';
import { type Component, type Unpacked, unpack } from './package.ts';
import type { Store } from './store.ts';
import { unzip } from './unzip.ts';
import { writeTime } from './validate.ts';
import { childrenOf, escapeXml, parseXml, textAt, type XmlNode } from './xml.ts';

const namespace = 'http://soap.sforce.com/2006/04/metadata';
type Written = { [name: string]: unknown };

/** A refusal of the SOAP API: a fault with status 500. */
class Fault extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const write = (name: string, value: unknown): string => {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map(item => write(name, item)).join('');
  const inner =
    typeof value === 'object' && value !== null
      ? Object.entries(value)
          .map(([key, item]) => write(key, item))
          .join('')
      : escapeXml(value);
  return `<${name}>${inner}</${name}>`;
};
const envelope = (body: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="${namespace}" xmlns:sf="${namespace}"><soapenv:Body>${body}</soapenv:Body></soapenv:Envelope>`;

const message = ({ type, fullName, fileName, problem }: Component, at: string): Written => ({
  changed: problem === undefined,
  componentType: type,
  created: problem === undefined,
  createdDate: at,
  deleted: false,
  fileName,
  fullName,
  ...(problem !== undefined && { problem, problemType: 'Error' }),
  success: problem === undefined,
});

/** Puts what was unpacked into the org. Nobody sees a new field before a permission set that grants it is assigned to them. */
const apply = (store: Store, { fields, permissionSets }: Unpacked, userId: string): void => {
  for (const { object, field } of fields) store.schema.deployField(object, field);
  for (const { name, label, description, granted } of permissionSets) {
    const known = store.list('PermissionSet').find(({ Name }) => Name === name);
    const fields = { Name: name, Label: label, Description: description ?? null };
    const set = known ? Object.assign(known, fields) : store.put('PermissionSet', fields, userId);
    store.schema.grant(String(set.Id), granted);
  }
};

const unpackZip = (store: Store, zip: string): Unpacked => {
  try {
    return unpack(unzip(Buffer.from(zip, 'base64')), store.schema);
  } catch (error) {
    const problem = `The zip file cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    const component: Component = { type: '', fullName: 'package.xml', fileName: 'package.xml', problem };
    return { components: [component], fields: [], permissionSets: [] };
  }
};

/** The metadata API, as much of it as a small deployment needs: deploy and checkDeployStatus. All components or none. */
export const createMetadata = (store: Store, now: () => number) => {
  const deployments = new Map<string, Written>();

  const deploy = (call: XmlNode, userId: string): Written => {
    const unpacked = unpackZip(store, textAt(call, 'ZipFile') ?? '');
    const components = unpacked.components.filter(({ type, problem }) => type !== '' || problem !== undefined);
    const failed = components.filter(({ problem }) => problem !== undefined);
    const checkOnly = textAt(call, 'DeployOptions', 'checkOnly') === 'true';
    const at = writeTime(now());
    const id = makeId('0Af', deployments.size + 1);
    if (failed.length === 0 && !checkOnly) apply(store, unpacked, userId);
    deployments.set(id, {
      checkOnly,
      completedDate: at,
      createdBy: userId,
      createdByName: store.find(userId)?.Name,
      createdDate: at,
      details: {
        componentFailures: failed.map(component => message(component, at)),
        componentSuccesses: failed.length === 0 ? components.map(component => message(component, at)) : [],
      },
      done: true,
      id,
      ignoreWarnings: false,
      lastModifiedDate: at,
      numberComponentErrors: failed.length,
      numberComponentsDeployed: failed.length === 0 ? components.length : 0,
      numberComponentsTotal: components.length,
      numberTestErrors: 0,
      numberTestsCompleted: 0,
      numberTestsTotal: 0,
      rollbackOnError: true,
      runTestsEnabled: false,
      startDate: at,
      status: failed.length === 0 ? 'Succeeded' : 'Failed',
      success: failed.length === 0,
    });
    return { done: false, id, state: 'Queued' };
  };

  const checkStatus = (call: XmlNode): Written => {
    const found = deployments.get(textAt(call, 'asyncProcessId') ?? '');
    if (!found) throw new Fault('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id');
    return textAt(call, 'includeDetails') === 'true' ? found : { ...found, details: undefined };
  };

  return {
    reset: () => deployments.clear(),
    /** Answers one SOAP call. `enter` gives the user of a session id, or throws a Fault's reason. */
    answer(source: string, enter: (sessionId: string | undefined) => string): { status: number; xml: string } {
      try {
        const root = childrenOf(parseXml(source), 'Envelope')[0];
        const userId = enter(textAt(root, 'Header', 'SessionHeader', 'sessionId'));
        const [call] = childrenOf(root, 'Body')[0]?.children ?? [];
        if (!store.rights.mayDeploy(userId))
          throw new Fault(
            'INSUFFICIENT_ACCESS',
            'INSUFFICIENT_ACCESS: use of the Metadata API requires a user with the ModifyAllData or ModifyMetadata permissions',
          );
        const result =
          call?.name === 'deploy'
            ? deploy(call, userId)
            : call?.name === 'checkDeployStatus'
              ? checkStatus(call)
              : undefined;
        if (!call || !result) throw new Fault('INVALID_OPERATION', `This sandbox does not know ${call?.name}`);
        return {
          status: 200,
          xml: envelope(`<${call.name}Response>${write('result', result)}</${call.name}Response>`),
        };
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        const code = 'code' in error ? error.code : 'errorCode' in error ? error.errorCode : 'XML_PARSER_ERROR';
        const fault = { faultcode: `sf:${code}`, faultstring: `${code}: ${error.message.replace(`${code}: `, '')}` };
        return { status: 500, xml: envelope(write('soapenv:Fault', fault)) };
      }
    },
  };
};
export type Metadata = ReturnType<typeof createMetadata>;

/** Mounts the metadata API. */
export const metadataRoute = (metadata: Metadata, enter: (sessionId: string | undefined) => string): express.Router => {
  const router = express.Router();
  router.post('/services/Soap/m/:version', (request: Request, response: Response) => {
    const { status, xml } = metadata.answer(rawText(request), enter);
    response.status(status).type('text/xml').send(xml);
  });
  return router;
};
