using System.Text;

namespace Slipway.Engine.ChatTemplates.Rendering;

/// <summary>A text that grows within the limits.</summary>
internal sealed class TextSink(RenderContext context)
{
    private readonly StringBuilder _text = new();
    private int _unpaid;

    public int Length => _text.Length;

    public void Append(string text) => Append(text.AsSpan());

    public void Append(ReadOnlySpan<char> text)
    {
        Pay(text.Length);
        _text.Append(text);
    }

    public void Append(char character)
    {
        Pay(1);
        _text.Append(character);
    }

    public void Append(char character, Int128 count)
    {
        if (count > 0)
        {
            context.ChargeText(count);
            Pay((int)count);
            _text.Append(character, (int)count);
        }
    }

    public override string ToString() => _text.ToString();

    // Small pieces are paid for together, since a step buys several characters.
    private void Pay(int length)
    {
        _unpaid += length;
        if (_text.Length + (long)length > context.MaxTextLength || _unpaid >= 64)
        {
            context.ChargeText(_text.Length + (Int128)length > context.MaxTextLength ? _text.Length + (Int128)length : _unpaid);
            _unpaid = 0;
        }
    }
}
