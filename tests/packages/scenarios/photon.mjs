// Filters on a picture, which is freed or not.
import photon from '@silvia-odwyer/photon-node';
import { say, rounds } from './say.mjs';

const [width, height] = [160, 120];
const pixels = Uint8Array.from({ length: width * height * 4 }, (_, i) => (i * 31 + (i >> 7)) & 255);
await rounds(4, () => {
  const image = new photon.PhotonImage(pixels, width, height);
  photon.gaussian_blur(image, 2);
  photon.filter(image, 'oceanic');
  photon.sobel_horizontal(image);
  const small = photon.resize(image, 80, 60, photon.SamplingFilter.Lanczos3);
  say('small', small.get_raw_pixels());
  say('png', small.get_bytes());
  const back = photon.PhotonImage.new_from_byteslice(small.get_bytes());
  photon.grayscale(back);
  say('back', back.get_raw_pixels());
  image.free();
  back.free();
});
