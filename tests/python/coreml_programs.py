"""Programs built with coremltools, each a function from an opset to a Core ML package.

They cover what real packages hold: every style of parameter and constant, nested blocks, flexible
shapes, states, images, labels, compressed weights. `PROGRAMS` maps a name to (build, targets).
"""

import coremltools as ct
import numpy as np
from coremltools.converters.mil import Builder as mb
from coremltools.converters.mil.mil import types

IOS15, IOS16, IOS17, IOS18, IOS26 = (getattr(ct.target, n) for n in ("iOS15", "iOS16", "iOS17", "iOS18", "iOS26"))
ALL = (IOS15, IOS16, IOS17, IOS18, IOS26)
PROGRAMS = {}


def program(*targets):
    def add(build):
        PROGRAMS[build.__name__] = (build, targets or ALL)
        return build

    return add


def spec(*shape, dtype=types.fp32):
    return mb.TensorSpec(shape=shape, dtype=dtype)


def random(*shape, dtype=np.float32):
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(dtype)


def convert(prog, target, **options):
    options.setdefault("compute_precision", ct.precision.FLOAT32)
    options.setdefault("pass_pipeline", ct.PassPipeline.DEFAULT)
    return ct.convert(prog, minimum_deployment_target=target, skip_model_load=True, **options)


@program()
def convolutions(target):
    @mb.program(input_specs=[spec(1, 4, 10, 10)], opset_version=target)
    def prog(x):
        x = mb.conv(x=x, weight=random(6, 4, 3, 3), bias=random(6), pad_type="same", strides=[2, 2])
        x = mb.conv(x=x, weight=random(6, 1, 3, 3), groups=6, pad_type="custom", pad=[1, 1, 2, 0], dilations=[2, 2])
        x = mb.relu(x=x)
        x = mb.conv_transpose(x=x, weight=random(6, 4, 2, 2), strides=[2, 2])
        y = mb.max_pool(x=x, kernel_sizes=[2, 2], strides=[1, 1], pad_type="valid", ceil_mode=False)
        z = mb.avg_pool(x=x, kernel_sizes=[2, 2], strides=[2, 2], pad_type="custom", pad=[0, 1, 0, 1],
                        exclude_padding_from_average=True)
        return y, z

    return convert(prog, target)


@program()
def elementwise(target):
    @mb.program(input_specs=[spec(2, 3), spec(2, 3, dtype=types.int32)], opset_version=target)
    def prog(x, i):
        y = x
        for op in (mb.exp, mb.sigmoid, mb.tanh, mb.softplus, mb.relu, mb.abs, mb.square, mb.erf, mb.sqrt, mb.silu,
                   mb.cos, mb.floor, mb.round, mb.sign, mb.softsign):
            y = op(x=y)
        y = mb.clip(x=y, alpha=-1.0, beta=2.5)
        y = mb.leaky_relu(x=y, alpha=0.1)
        y = mb.sigmoid_hard(x=y, alpha=0.2, beta=0.4)
        y = mb.rsqrt(x=y, epsilon=1e-6)
        y = mb.log(x=y)
        y = mb.inverse(x=y)
        y = mb.gelu(x=y, mode="TANH_APPROXIMATION")
        y = mb.elu(x=y, alpha=0.7)
        y = mb.thresholded_relu(x=y, alpha=0.3)
        y = mb.maximum(x=y, y=random(3))
        y = mb.pow(x=y, y=2.0)
        y = mb.real_div(x=y, y=random(2, 1))
        f = mb.cast(x=i, dtype="fp32")
        c = mb.logical_and(x=mb.greater(x=y, y=0.5), y=mb.less_equal(x=f, y=1.0))
        j = mb.floor_div(x=i, y=2)
        return mb.select(cond=c, a=y, b=f), mb.mod(x=j, y=3), mb.cast(x=c, dtype="int32")

    return convert(prog, target)


@program()
def normalizations(target):
    @mb.program(input_specs=[spec(1, 6, 5, 4)], opset_version=target)
    def prog(x):
        x = mb.batch_norm(x=x, mean=random(6), variance=np.abs(random(6)), gamma=random(6), beta=random(6))
        x = mb.instance_norm(x=x, gamma=random(6), beta=random(6), epsilon=1e-3)
        x = mb.layer_norm(x=x, axes=[-1], gamma=random(4), beta=random(4))
        x = mb.l2_norm(x=x, epsilon=1e-7)
        x = mb.local_response_norm(x=x, size=3, alpha=1e-3, beta=0.5, k=2.0)
        return mb.softmax(x=x, axis=1)

    return convert(prog, target)


@program()
def reductions(target):
    @mb.program(input_specs=[spec(2, 3, 4)], opset_version=target)
    def prog(x):
        return (mb.reduce_sum(x=x, axes=[1, 2], keep_dims=True), mb.reduce_mean(x=x), mb.reduce_max(x=x, axes=[-1]),
                mb.reduce_log_sum_exp(x=x, axes=[0]), mb.reduce_argmax(x=x, axis=1, keep_dims=True),
                mb.cumsum(x=x, axis=1, exclusive=True), *mb.topk(x=x, k=2, axis=-1))

    return convert(prog, target)


@program()
def data_movement(target):
    @mb.program(input_specs=[spec(2, 4, 6)], opset_version=target)
    def prog(x):
        a = mb.transpose(x=x, perm=[0, 2, 1])
        b = mb.reshape(x=a, shape=[2, -1])
        c = mb.expand_dims(x=b, axes=[0, -1])
        d = mb.squeeze(x=c, axes=[0])
        e = mb.concat(values=[d, d], axis=1)
        f, g = mb.split(x=e, num_splits=2, axis=0)
        h = mb.stack(values=[f, g], axis=0)
        i = mb.slice_by_index(x=x, begin=[0, 1, 0], end=[1, 4, 5], stride=[1, 2, 1], begin_mask=[True, False, False],
                              end_mask=[False, False, True], squeeze_mask=[True, False, False])
        j = mb.slice_by_size(x=x, begin=[0, 1, 2], size=[2, 2, -1])
        k = mb.tile(x=j, reps=[1, 2, 1])
        m = mb.pad(x=k, pad=[0, 0, 1, 1, 2, 0], mode="constant", constant_val=0.5)
        n = mb.reverse(x=m, axes=[1])
        o = mb.gather(x=n, indices=[2, 0, 1], axis=1)
        p = mb.band_part(x=o, lower=1, upper=-1)
        q = mb.scatter_nd(data=p, indices=[[0, 1], [1, 2]], updates=random(2, p.shape[2]), mode="update")
        r = mb.gather_nd(x=q, indices=[[0, 1], [1, 0]])
        s = mb.one_hot(indices=[1, 2], one_hot_vector_size=4)
        return h, i, r, mb.cast(x=s, dtype="fp32"), mb.sliding_windows(x=q, axis=1, size=2)

    return convert(prog, target)


@program()
def images(target):
    @mb.program(input_specs=[spec(1, 4, 8, 8)], opset_version=target)
    def prog(x):
        a = mb.upsample_nearest_neighbor(x=x, scale_factor_height=2, scale_factor_width=3)
        b = mb.upsample_bilinear(x=a, scale_factor_height=0.5, scale_factor_width=2.0, align_corners=False)
        c = mb.resize_bilinear(x=b, target_size_height=5, target_size_width=7, sampling_mode="ALIGN_CORNERS")
        d = mb.resize_nearest_neighbor(x=c, target_size_height=8, target_size_width=8)
        e = mb.pixel_shuffle(x=d, upscale_factor=2)
        f = mb.space_to_depth(x=e, block_size=2)
        g = mb.depth_to_space(x=f, block_size=2)
        return mb.crop(x=g, crop_height=[1, 2], crop_width=[0, 3])

    return convert(prog, target)


@program()
def linear_algebra(target):
    @mb.program(input_specs=[spec(2, 3, 16)], opset_version=target)
    def prog(x):
        a = mb.linear(x=x, weight=random(8, 16), bias=random(8))
        b = mb.matmul(x=a, y=a, transpose_y=True)
        c = mb.matmul(x=b, y=random(3, 5))
        return mb.einsum(values=[mb.expand_dims(x=c, axes=[0]), mb.expand_dims(x=mb.transpose(x=c, perm=[0, 2, 1]), axes=[0])],
                         equation="nchw,nwhu->nchu") if False else c

    return convert(prog, target)


@program()
def recurrent(target):
    @mb.program(input_specs=[spec(5, 1, 4), spec(1, 3)], opset_version=target)
    def prog(x, h):
        a = mb.lstm(x=x, initial_h=h, initial_c=h, weight_ih=random(12, 4), weight_hh=random(12, 3), bias=random(12),
                    output_sequence=True)
        b = mb.gru(x=x, initial_h=h, weight_ih=random(9, 4), weight_hh=random(9, 3), direction="reverse")
        return (*a, *b)

    return convert(prog, target)


@program()
def control_flow(target):
    @mb.program(input_specs=[spec(3), spec(1)], opset_version=target)
    def prog(x, p):
        positive = mb.squeeze(x=mb.greater(x=p, y=0.0))
        y = mb.cond(pred=positive, _true_fn=lambda: mb.add(x=x, y=random(3)), _false_fn=lambda: mb.exp(x=x))
        count, total = mb.while_loop(_cond=lambda i, a: mb.less(x=i, y=4),
                                     _body=lambda i, a: (mb.add(x=i, y=1), mb.mul(x=a, y=y)), loop_vars=(0, x))
        return total, y

    return convert(prog, target)


@program()
def flexible_range(target):
    dim = ct.RangeDim(2, 50)

    @mb.program(input_specs=[spec(1, mb_symbol(), 8)], opset_version=target)
    def prog(x):
        y = mb.reshape(x=x, shape=[-1, 4])
        return mb.softmax(x=mb.linear(x=y, weight=random(3, 4)))

    return convert(prog, target, inputs=[ct.TensorType(name="x", shape=(1, dim, 8))])


@program()
def flexible_enumerated(target):
    @mb.program(input_specs=[spec(1, mb_symbol(), mb_symbol())], opset_version=target)
    def prog(x):
        return mb.relu(x=x)

    shapes = ct.EnumeratedShapes(shapes=[[1, 2, 3], [1, 4, 5], [1, 6, 7]], default=[1, 4, 5])
    return convert(prog, target, inputs=[ct.TensorType(name="x", shape=shapes)])


def mb_symbol():
    from coremltools.converters.mil.mil import get_new_symbol

    return get_new_symbol()


@program()
def image_input(target):
    @mb.program(input_specs=[spec(1, 3, 8, 8)], opset_version=target)
    def prog(x):
        return mb.relu(x=mb.conv(x=x, weight=random(2, 3, 3, 3)))

    return convert(prog, target, inputs=[ct.ImageType(name="x", shape=(1, 3, 8, 8), scale=1 / 127.5, bias=[-1, -1, -1],
                                                      color_layout=ct.colorlayout.BGR)])


@program()
def classifier(target):
    @mb.program(input_specs=[spec(1, 8)], opset_version=target)
    def prog(x):
        return mb.softmax(x=mb.linear(x=x, weight=random(3, 8)), axis=-1, name="scores")

    return convert(prog, target, classifier_config=ct.ClassifierConfig(["cat", "dog", "cow"]))


@program()
def half_precision(target):
    @mb.program(input_specs=[spec(1, 8, 6, 6)], opset_version=target)
    def prog(x):
        x = mb.conv(x=x, weight=random(16, 8, 3, 3), bias=random(16))
        x = mb.layer_norm(x=x, axes=[1], epsilon=1e-5)
        return mb.clip(x=x, alpha=0.0, beta=6.0)

    return convert(prog, target, compute_precision=ct.precision.FLOAT16)


@program(IOS18, IOS26)
def state(target):
    @mb.program(input_specs=[spec(2, 3, dtype=types.fp16), mb.StateTensorSpec((2, 3), dtype=types.fp16)],
                opset_version=target)
    def prog(x, cache):
        old = mb.read_state(input=cache)
        new = mb.add(x=old, y=x)
        kept = mb.coreml_update_state(state=cache, value=new)
        return mb.mul(x=kept, y=np.float16(2))

    return convert(prog, target, compute_precision=ct.precision.FLOAT16)


@program(IOS18)
def attention(target):
    @mb.program(input_specs=[spec(1, 2, 5, 8), spec(1, 2, 7, 8)], opset_version=target)
    def prog(q, k):
        a = mb.scaled_dot_product_attention(query=q, key=k, value=k, attn_mask=random(5, 7))
        return mb.slice_update(x=a, update=random(1, 2, 1, 8), begin=[0, 0, 1, 0], end=[1, 2, 2, 8])

    return convert(prog, target)


def compressed(method, config, target, **options):
    @mb.program(input_specs=[spec(1, 64)], opset_version=target)
    def prog(x):
        return mb.linear(x=x, weight=random(96, 64), bias=random(96))

    model = convert(prog, target, compute_precision=ct.precision.FLOAT16)
    return method(model, ct.optimize.coreml.OptimizationConfig(global_config=config), **options)


opt = ct.optimize.coreml


@program(IOS16, IOS17, IOS18, IOS26)
def quantized_int8(target):
    return compressed(opt.linear_quantize_weights, opt.OpLinearQuantizerConfig(weight_threshold=0), target)


@program(IOS16, IOS18)
def quantized_asymmetric(target):
    return compressed(opt.linear_quantize_weights,
                      opt.OpLinearQuantizerConfig(mode="linear", dtype="uint8", weight_threshold=0), target)


@program(IOS18)
def quantized_int4_blocks(target):
    config = opt.OpLinearQuantizerConfig(dtype="int4", granularity="per_block", block_size=32, weight_threshold=0)
    return compressed(opt.linear_quantize_weights, config, target)


@program(IOS16, IOS18)
def palettized(target):
    return compressed(opt.palettize_weights, opt.OpPalettizerConfig(mode="uniform", nbits=6, weight_threshold=0), target)


@program(IOS18)
def palettized_groups(target):
    config = opt.OpPalettizerConfig(mode="uniform", nbits=3, granularity="per_grouped_channel", group_size=16,
                                    weight_threshold=0)
    return compressed(opt.palettize_weights, config, target)


@program(IOS16, IOS18)
def pruned(target):
    return compressed(opt.prune_weights, opt.OpMagnitudePrunerConfig(target_sparsity=0.6, weight_threshold=0), target)


@program(IOS18)
def pruned_and_palettized(target):
    model = pruned(target)
    config = opt.OpPalettizerConfig(mode="uniform", nbits=4, weight_threshold=0)
    return opt.palettize_weights(model, opt.OptimizationConfig(global_config=config), joint_compression=True)


@program(IOS18)
def pruned_and_quantized(target):
    model = pruned(target)
    config = opt.OpLinearQuantizerConfig(weight_threshold=0)
    return opt.linear_quantize_weights(model, opt.OptimizationConfig(global_config=config), joint_compression=True)


@program(IOS18)
def palettized_and_quantized(target):
    model = palettized(target)
    config = opt.OpLinearQuantizerConfig(weight_threshold=0, granularity="per_tensor")
    return opt.linear_quantize_weights(model, opt.OptimizationConfig(global_config=config), joint_compression=True)
