/** What the development wallet asks its owner before it signs. Apart from the page's own styles; everything shown is text. */
import { Refused } from '../ask.ts';

const STYLE = `
dialog { overflow-wrap: anywhere; font: 16px/1.5 system-ui, sans-serif; max-width: 34rem; border: 1px solid #888; border-radius: 8px; color: CanvasText; background: Canvas; color-scheme: light dark }
h2 { font-size: 1.1rem; margin: 0 0 .5rem } pre { white-space: pre-wrap; overflow-wrap: anywhere; max-height: 40vh; overflow: auto }
button { font: inherit; padding: .4rem 1rem; margin-right: .5rem }`;

const element = <Name extends keyof HTMLElementTagNameMap>(name: Name, text = ''): HTMLElementTagNameMap[Name] => {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
};

/** Asks in a dialog of the page. Throws {@link Refused} when the answer is no, or the dialog is closed. */
export const approved = async (what: string, detail: string): Promise<void> => {
  const host = element('div');
  const shadow = host.attachShadow({ mode: 'open' });
  const style = new CSSStyleSheet();
  style.replaceSync(STYLE);
  shadow.adoptedStyleSheets = [style];
  const dialog = element('dialog');
  const heading = element('h2', what);
  heading.id = 'what';
  dialog.setAttribute('aria-labelledby', 'what');
  const shown = element('pre', detail);
  shown.tabIndex = 0;
  const [yes, no] = [element('button', 'Sign'), element('button', 'Refuse')];
  dialog.append(heading, shown, yes, no);
  shadow.append(dialog);
  document.body.append(host);
  dialog.showModal();
  const { promise, resolve } = Promise.withResolvers<string>();
  yes.onclick = () => dialog.close('yes');
  no.onclick = () => dialog.close('no');
  dialog.onclose = () => resolve(dialog.returnValue);
  const said = await promise;
  host.remove();
  if (said !== 'yes') throw new Refused('The owner of the wallet refused to sign.');
};
