import { expect, test } from 'vitest';
import { checkParts } from './parts.ts';

const rules = { role: 2, level: 0, remote: false };
const asking = (part: object) => ({ model: 'm', messages: [{ role: 'user', content: [part] }] });
const image = (data: string) => ({ type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } });
const sound = (data: string) => ({ type: 'input_audio', input_audio: { data, format: 'wav' } });

test.each(['iVBORw==', 'iVBORw', 'iVBO', 'iVBO\nRw==\n', 'ab+/'])('base64 is taken as clients write it: %j', (data) => {
  expect(checkParts(asking(image(data)), rules)).toEqual([]);
  expect(checkParts(asking(sound(data)), rules)).toEqual([]);
});

test.each(['', 'iVBOR', 'iVBORw=', 'iVB=ORw=', 'iV*O', 'iV-_', 'iVBORw===', '{"not":"data"}'])(
  'what is not base64 is refused by the name of its member: %j',
  (data) => {
    const refused = { kind: 'problem', code: 'invalid_request', detail: expect.stringContaining('not base64') };
    expect(checkParts(asking(image(data)), rules)).toMatchObject({
      ...refused,
      param: 'messages.0.content.0.image_url.url',
    });
    expect(checkParts(asking(sound(data)), rules)).toMatchObject({
      ...refused,
      param: 'messages.0.content.0.input_audio.data',
    });
  },
);

test.each(['iVBORw%3D%3D', 'ab%2b%2F'])('what was percent-encoded on its way is told how to be sent: %j', (data) => {
  expect(checkParts(asking(image(data)), rules)).toMatchObject({ detail: expect.stringContaining('= for %3D') });
});
