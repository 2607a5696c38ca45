namespace Slipway.Engine.Training;

/// <summary>Which weights move.</summary>
public enum FineTuningMethod
{
    /// <summary>All of them.</summary>
    Full,

    /// <summary>Low-rank additions to the matrices (Hu et al. 2021, arXiv:2106.09685).</summary>
    Lora,
}
