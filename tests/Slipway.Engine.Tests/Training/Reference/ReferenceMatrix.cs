namespace Slipway.Engine.Tests.Training.Reference;

/// <summary>A matrix of doubles, rows one after the other, with room for the derivative of the loss by each of its values.</summary>
internal sealed class ReferenceMatrix(int rows, int columns)
{
    private double[]? _gradient;

    public int Rows => rows;

    public int Columns => columns;

    public double[] Value { get; } = new double[rows * columns];

    public double[] Gradient => _gradient ??= new double[rows * columns];

    public void ClearGradient() => _gradient = null;
}
