using Slipway.Engine.Training.Model;

namespace Slipway.Engine.Training.Adapters;

/// <summary>The two factors that are added to a matrix W of [out][in]: W + α / r · B · A.</summary>
/// <param name="GgufName">The name of W in GGUF files.</param>
/// <param name="Rank">r.</param>
/// <param name="A">[r][in].</param>
/// <param name="B">[out][r].</param>
internal sealed record LoraPair(string GgufName, int Rank, Parameter A, Parameter B);
