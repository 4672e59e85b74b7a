// Short forms of the words that programs are full of, for links. A word's place in the list is part of the format: new
// words are added at the end, and none is ever moved. Pure.

const WORDS = (
  "net data defs init loss opt sched run params shared use add cat mul repeat seq tap get " +
  "out_channels kernel_size stride padding bias groups dilation out_features dim p num_layers hidden_size batch_first " +
  "embedding_dim num_embeddings output_size num_groups nhead num_heads dim_feedforward scale_factor causal " +
  "lr momentum weight_decay betas nesterov max_lr step_size gamma T_max label_smoothing reduction epochs seed device " +
  "batch_size augment amp compile ddp auto nonlinearity mode fan_out relu pct_start milestones total_iters " +
  "Conv2d ReLU BatchNorm2d MaxPool2d AdaptiveAvgPool2d Flatten Linear Dropout Conv1d BatchNorm1d MaxPool1d GELU Tanh " +
  "Sigmoid LeakyReLU SiLU LayerNorm GroupNorm ConvTranspose2d AvgPool2d Upsample Embedding LSTM GRU RNN " +
  "MultiheadAttention TransformerEncoderLayer TransformerEncoder permute mean last_step position Softmax LogSoftmax " +
  "CrossEntropyLoss MSELoss BCEWithLogitsLoss NLLLoss BCELoss HuberLoss SmoothL1Loss L1Loss " +
  "SGD Adam AdamW RMSprop Muon StepLR CosineAnnealingLR OneCycleLR LinearLR SequentialLR ReduceLROnPlateau " +
  "kaiming_normal_ kaiming_uniform_ xavier_uniform_ xavier_normal_ orthogonal_ trunc_normal_ normal_ uniform_ zeros_ " +
  "default flip crop digits CIFAR10 MNIST FashionMNIST moons spirals sequences shapes regression tensor task target flat " +
  "clip no_decay progress checkpoint plot step Identity Unflatten PReLU ELU SELU Mish InstanceNorm2d RMSNorm Dropout2d"
).split(" ");
const NUMBERS = new Map(WORDS.map((word, at) => [word, `~${at.toString(36)}`]));

/** @param {(text: string) => string} change @param {any} value @returns {any} */
function mapped(change, value) {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((each) => mapped(change, each));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [change(key), mapped(change, each)]));
}

/** The same value with short words; a text that looks like one gets a mark more. @param {any} value */
export const shortened = (value) =>
  mapped((text) => NUMBERS.get(text) ?? (text.startsWith("~") ? `~${text}` : text), value);

/** @param {string} text */
function long(text) {
  if (!text.startsWith("~")) return text;
  return text.startsWith("~~") ? text.slice(1) : WORDS[parseInt(text.slice(1), 36)] ?? text;
}

/** The value that was shortened; one that never was stays as it is. @param {any} value */
export const lengthened = (value) => mapped(long, value);
