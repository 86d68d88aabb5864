import type { RunEvent } from '../../core/events.ts';

/** Shows a run as it goes on. */
export interface Renderer {
  event(event: RunEvent): void;
  /** Tells something that is no event, such as that the run is being stopped. */
  note(text: string): void;
  /** After the last event; leaves the terminal as it was found. */
  close(): void;
}
