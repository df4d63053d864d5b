import { toCloudEvent } from '../model/event.ts';
import { type ScopeNode, scopeRoots } from './scope.ts';

test('the roots are those that the public surface names', () => {
  expect(Object.keys(scopeRoots).sort()).toEqual(
    'conversation email event meeting pounce run session steps trigger visitor workflow'.split(' '),
  );
});

test('the event of the table has what a CloudEvent of ours has', () => {
  const event = toCloudEvent({ id: 'e', source: 's', type: 'visitor.left', time: 0, receivedAt: 0, data: {} });
  expect(Object.keys(scopeRoots.event?.properties ?? {})).toEqual(Object.keys(event));
});

test('every object lists its properties, every list its elements, and everything is described', () => {
  const problems: string[] = [];
  const visit = (path: string, node: ScopeNode) => {
    if (node.description === '') problems.push(`${path} is not described`);
    if (node.type === 'object' && !node.properties) problems.push(`${path} lists no properties`);
    if (node.type === 'list' && !node.items) problems.push(`${path} lists no elements`);
    for (const [name, inner] of Object.entries(node.properties ?? {})) visit(`${path}.${name}`, inner);
    if (node.items) visit(`${path}[]`, node.items);
  };
  for (const [name, node] of Object.entries(scopeRoots)) visit(name, node);
  expect(problems).toEqual([]);
});
