/** Hue, saturation and value of colours. Source: AUG-21, AUG-25. */
import { cat, type Tensor, tensor, where } from "../torch/index.js";

/** Colours to hue, saturation and value, each 0..1. Shapes: [N, 3, H, W] -> the same. */
export function rgb2hsv(x: Tensor): Tensor {
  const high = x.amax({ dim: 1, keepdim: true });
  const spread = high.sub(x.amin({ dim: 1, keepdim: true }));
  const one = tensor(1, { device: x.device, dtype: x.dtype });
  const grey = spread.eq(0);
  const saturation = spread.div(where(grey, one, high));
  const distance = high.sub(x).div(where(grey, one, spread)); // 0 for the strongest channel
  const [r, g, b] = [0, 1, 2].map((c) => distance.narrow(1, c, 1)) as [Tensor, Tensor, Tensor];
  const sixth = where(r.eq(0), b.sub(g), where(g.eq(0), r.sub(b).add(2), g.sub(r).add(4)));
  // A grey pixel has distance 0 in all channels, hence hue 0.
  return cat([sixth.div(6).add(1).fmod(1), saturation, high], 1);
}

/** Hue, saturation and value back to colours. Shapes: [N, 3, H, W] -> the same. */
export function hsv2rgb(x: Tensor): Tensor {
  const [hue, saturation, value] = [0, 1, 2].map((c) => x.narrow(1, c, 1)) as [Tensor, Tensor, Tensor];
  const offsets = tensor([5, 3, 1], { device: x.device }).to(x.dtype).view([1, 3, 1, 1]);
  const place = hue.mul(6).add(offsets).remainder(6); // [N, 3, H, W]: where red, green, blue stand on the circle
  const dip = place.sub(2).abs().neg().add(2).clamp(0, 1); // min(place, 4 - place) within 0..1
  return value.sub(value.mul(saturation).mul(dip));
}
