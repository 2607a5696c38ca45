namespace Slipway.Engine.Training.Data;

/// <summary>One example as tokens. Its tokens attend to each other and to nothing else in the batch.</summary>
/// <param name="Tokens">Token ids, at least two.</param>
/// <param name="Learned">For each token, whether predicting it counts. The first never does.</param>
internal sealed record EncodedExample(int[] Tokens, bool[] Learned);
