import type { BuiltInWorkflow } from '../../src/sdk/index.ts';

/** Keeps what `hubspot.create_meeting` has written; it can be switched off. A meeting without an activity is left alone. */
export const builtInWorkflows: BuiltInWorkflow[] = [
  {
    key: 'meeting-changes',
    conflictsWith: ['hubspot.sync_meeting'],
    document: {
      name: 'HubSpot: changed meetings',
      description:
        'Moves the HubSpot meeting when a meeting is rescheduled, and sets its outcome when it is cancelled or a no-show.',
      trigger: { type: 'meeting_changed', timing: 'immediately' },
      steps: [{ id: 'meeting', action: 'hubspot.sync_meeting' }],
    },
  },
];
