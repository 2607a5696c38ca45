namespace Slipway.Server.Serving.Formats;

/// <summary>How far a switch is.</summary>
internal sealed class SwitchProgress(WeightFormat format, SwitchStage stage) : IProgress<double>
{
    private volatile int _percent;

    public WeightFormat Format => format;

    public SwitchStage Stage => stage;

    /// <summary>0 to 100, of the stage.</summary>
    public int Percent => _percent;

    public void Report(double value) => _percent = (int)Math.Clamp(value * 100, 0, 100);
}

internal enum SwitchStage
{
    /// <summary>The format is being made of another.</summary>
    Making,

    /// <summary>Its weights are being loaded beside those in use.</summary>
    Loading,
}
