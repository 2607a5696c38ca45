using Slipway.Engine.Kernels.Formats;

namespace Slipway.Engine.Kernels.MatMul;

/// <summary>The reference of every integer format.</summary>
internal sealed unsafe class ScalarMatMul<TFormat> : MatMulKernel
    where TFormat : struct, IBlockFormat
{
    public override bool NeedsBytes => true;

    public override void Compute(in Matrix weights, int firstRow, Activations input, int tokens, PanelScratch scratch)
    {
        for (var token = 0; token < tokens; token++)
        {
            for (var row = 0; row < Math.Min(StripRows, weights.Rows - firstRow); row++)
            {
                scratch.Sums[(token * StripRows) + row] = Dot(weights.Row(firstRow + row), input, token, weights.Columns);
            }
        }
    }

    private static float Dot(byte* row, Activations input, int token, int columns)
    {
        var values = stackalloc byte[32];
        var halves = HalfFloat.TablePointer;
        var sum = 0f;
        for (var b = 0; b < columns / 32; b++)
        {
            var block = row + (b / TFormat.Runs * TFormat.Bytes);
            var run = b % TFormat.Runs;
            TFormat.Decode(block, run, values);
            for (var group = 0; group < 32 / TFormat.GroupLength; group++)
            {
                var dot = 0;
                for (var i = group * TFormat.GroupLength; i < (group + 1) * TFormat.GroupLength; i++)
                {
                    dot += (values[i] - TFormat.ZeroPoint) * input.Bytes(token)[(b * 32) + i];
                }
                sum = MathF.FusedMultiplyAdd(dot, TFormat.Scale(block, run, group, halves) * input.Scales(token)[b], sum);
            }
            if (TFormat.HasMinimum)
            {
                sum = MathF.FusedMultiplyAdd(TFormat.Minimum(block, run, halves), input.Sums(token)[b], sum);
            }
        }
        return sum;
    }
}
