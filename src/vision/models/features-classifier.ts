import type { Layer } from "../../layers/index.js";
import { nn, registerModule, type Tensor } from "../../torch/index.js";

/** The parts of a {@link FeaturesClassifier}. */
export interface FeatureParts {
  readonly features: Layer;
  /** Default none. */
  readonly avgpool?: Layer | null;
  readonly classifier: Layer;
  /** Whether the classifier reads flat features; else images of one pixel or more. Default true. */
  readonly flat?: boolean;
}

/**
 * Features, pooling, classifier: the shape and the keys of most of torchvision's convolutional networks.
 * Shapes: x [N, 3, H, W] -> [N, nOut]. Source: VLN-12.
 */
export class FeaturesClassifier extends nn.Module<[Tensor], Tensor> {
  features: Layer;
  avgpool: Layer | null;
  classifier: Layer;
  readonly flat: boolean;
  constructor({ features, avgpool = null, classifier, flat = true }: FeatureParts) {
    super();
    this.features = features;
    this.avgpool = avgpool;
    this.classifier = classifier;
    this.flat = flat;
  }
  override forward(x: Tensor): Tensor {
    const features = this.features(x);
    const pooled = this.avgpool ? this.avgpool(features) : features;
    return this.classifier(this.flat ? pooled.flatten(1) : pooled).flatten(1);
  }
}

registerModule("vision.FeaturesClassifier", FeaturesClassifier);
