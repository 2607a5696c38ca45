namespace Slipway.Engine.Training.Data;

/// <summary>What is wrong with a place in a data file.</summary>
/// <param name="Path">The file, as it was given.</param>
/// <param name="Line">From 1; 0 for the file as a whole.</param>
/// <param name="Problem">What is wrong, and what would be accepted.</param>
public sealed record DataFault(string Path, int Line, string Problem)
{
    public override string ToString() => Line == 0 ? $"{Path}: {Problem}" : $"{Path}:{Line}: {Problem}";
}
