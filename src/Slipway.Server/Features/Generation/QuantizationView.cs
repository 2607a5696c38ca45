using Slipway.Client.Generation;
using Slipway.Server.Serving.Formats;

namespace Slipway.Server.Features.Generation;

/// <summary>What /quantization tells.</summary>
internal static class QuantizationView
{
    public static QuantizationStatus Of(ModelFormats formats, SwitchProgress? progress)
    {
        var offered = formats.All.Where(one => WeightFormats.Accepted.Contains(one.Format.Name())).ToList();
        return new QuantizationStatus
        {
            Model = formats.Model.Name,
            Current = formats.Current.Format.Name(),
            Type = formats.Current.Weights.Type.ToString(),
            Available = [.. offered.Select(one => one.Format.Name())],
            ToBeMade = [.. offered.Where(one => one.Recipe is not null).Select(one => one.Format.Name())],
            Bytes = formats.All.ToDictionary(one => one.Format.Name(), one => one.Bytes),
            Switching = progress is null ? null : new FormatSwitchProgress(progress.Format.Name(), Name(progress.Stage), progress.Percent),
        };
    }

    private static string Name(SwitchStage stage) => stage switch
    {
        SwitchStage.Making => "making",
        SwitchStage.Loading => "loading",
        _ => throw new ArgumentOutOfRangeException(nameof(stage), stage, "Unknown stage."),
    };
}
