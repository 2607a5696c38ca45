namespace Slipway.Server.Platform.Hub;

/// <summary>A hub did not answer as it should and is asked again after a pause.</summary>
/// <param name="Reason">What went wrong, in a sentence.</param>
/// <param name="Pause">How long it is left alone.</param>
/// <param name="Attempt">Which repetition in a row comes then, from 1.</param>
/// <param name="Most">How many there are at most.</param>
public sealed record HubPause(string Reason, TimeSpan Pause, int Attempt, int Most);
